"""Run the pinned release of a claimed run, and keep the rows that it finds.

The worker begins the run, lets a runtime run the release on the package's files, reads the output, keeps
its rows, and ends the run. The operation ends after its run. The worker reads only a finalized package.
It keeps an output only when the output belongs to this run and meets the hook's contract. Code that ran
out of memory runs again with twice the memory, at most three times and never with more than the platform
has. The table has each retry before the retry starts.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

from chalicelib.auth.models import Actor
from chalicelib.core import canonical
from chalicelib.core.errors import Invalid, not_found
from chalicelib.core.settings import settings
from chalicelib.dynamodb.transaction import Stale
from chalicelib.hooks.models.execution import (
    Attempt,
    InputFile,
    Job,
    failed_end,
    first_memory,
    kept_end,
    more_memory,
    output_folder,
    ran_out_of_memory,
    refused_end,
)
from chalicelib.hooks.models.output import Output
from chalicelib.hooks.models.release import Pin
from chalicelib.hooks.models.run import result_of
from chalicelib.hooks.service import features, outputs, releases, runs, runtimes
from chalicelib.hooks.service.runs import Begun
from chalicelib.operations.models.claim import Lost
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.service.lifecycle import system
from chalicelib.packages.models.manifest import manifest_bytes
from chalicelib.packages.service import packages
from chalicelib.validation.globs import matches_any
from holdfast.api.columns import Column
from holdfast.api.hook_runs import HookRun
from holdfast.api.operations import Progress, Result
from holdfast.api.packages import Status
from holdfast.api.releases import Release

Step = Callable[[], None]


class RunCode(Protocol):
    """A function that runs a job to its end."""

    def __call__(self, job: Job, *, step: Step) -> Attempt:
        """Run the job and return how it ended; call `step` about once a second and pass its errors on."""


class Work(NamedTuple):
    """The input of a run: its pinned release, the hook's contract, the package's files and manifest."""

    release: Release
    contract: list[Column]
    inputs: list[InputFile]
    manifest: bytes


class LastAttempt(NamedTuple):
    """The last attempt at a run, its job, and the run as the table has it."""

    begun: Begun
    job: Job
    attempt: Attempt


def execute(claim: Claim, *, run_code: RunCode) -> Result:
    """Run the code, keep its rows, and return the result of the run's operation.

    A run that is over already does not run again. Raises the errors that end or repeat the operation:
    `Stop`, `Unavailable`, or `NotFound` when a part of the run is missing.
    """
    operation = claim.operation
    actor = system(operation.workspace)
    pin = releases.pinned(operation.context["hook"], str(operation.context["version"]), actor=actor)
    memory = first_memory(pin.release, most=settings().hook_memory_max_mib)
    begun = runs.begin(operation, memory_mib=memory)
    if begun.run.over:
        return result_of(begun.run)
    work = _gather(begun.run, pin, actor=actor)
    with TemporaryDirectory(prefix="holdfast-run-", ignore_cleanup_errors=True) as folder:
        last = _attempt(claim, begun, work, folder=Path(folder), run_code=run_code)
        return _settle(claim, last, work)


def perform(claim: Claim) -> Result:
    """Execute a claimed run with the runtimes of this platform."""
    return execute(claim, run_code=runtimes.run)


def _gather(run: HookRun, pin: Pin, *, actor: Actor) -> Work:
    package = packages.load_with_files(run.package_id, actor=actor)
    manifest = manifest_bytes(package.record, package.files)
    finalized = package.record.status is Status.FINALIZED
    if not finalized or f"sha256:{canonical.sha256_hex(manifest)}" != run.manifest_digest:
        raise not_found()
    inputs = [
        InputFile(entry.path, package.key(entry), entry.size, entry.sha256)
        for entry in package.files
        if matches_any(pin.release.inputs, entry.path)
    ]
    return Work(pin.release, pin.hook.contract, inputs, manifest)


def _attempt(claim: Claim, begun: Begun, work: Work, *, folder: Path, run_code: RunCode) -> LastAttempt:
    """Run the code; run it again with more memory while it needs more and may have more."""
    while True:
        job = _job(begun.run, work, folder)
        attempt = run_code(job, step=_ticking(claim, "seconds"))
        more = more_memory(begun.run, work.release, most=settings().hook_memory_max_mib)
        if more is None or not ran_out_of_memory(attempt):
            return LastAttempt(begun, job, attempt)
        shutil.rmtree(job.folder, ignore_errors=True)
        retry = begun.run.model_copy(update={"memory_mib": more, "oom_retries": begun.run.oom_retries + 1})
        begun = _save(begun, retry)


def _save(begun: Begun, run: HookRun) -> Begun:
    try:
        return runs.save(begun.item, run)
    except Stale:
        raise Lost from None


def _job(run: HookRun, work: Work, folder: Path) -> Job:
    job = Job(
        run_id=run.id,
        hook=run.hook,
        workspace=run.workspace,
        release=work.release,
        memory_mib=run.memory_mib or work.release.limits.memory_mib,
        timeout_s=float(work.release.limits.timeout_s),
        folder=folder / str(run.oom_retries),
        inputs=work.inputs,
        manifest=work.manifest,
        config=work.release.config,
    )
    outputs.prepare(output_folder(job), _run_note(run))
    return job


def _run_note(run: HookRun) -> dict[str, Any]:
    """Return the content of `run.json`, which says whose output a folder holds."""
    return {"run_id": run.id, "hook": run.hook, "version": run.version, "digest": run.digest}


def _settle(claim: Claim, last: LastAttempt, work: Work) -> Result:
    begun, attempt = last.begun, last.attempt
    if end := failed_end(attempt):
        return runs.finish(begun, end)
    try:
        output = _keep(claim, last, work)
    except Invalid as error:
        return runs.finish(begun, refused_end(attempt, error.code, error.message))
    return runs.finish(begun, kept_end(attempt, output))


def _keep(claim: Claim, last: LastAttempt, work: Work) -> Output:
    """Check the whole output first, then keep its rows; return the output."""
    run, folder = last.begun.run, output_folder(last.job)
    step = _ticking(claim, "checks")
    output = outputs.check(folder, note=_run_note(run), contract=work.contract, step=step)

    def report(count: int) -> None:
        claim.checkpoint(Progress(done=count, total=output.row_count, unit="rows"))

    features.keep(run, outputs.lines(folder, contract=work.contract), report=report)
    return output


def _ticking(claim: Claim, unit: str) -> Step:
    """Return a step that reports the number of its calls as the run's progress."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        claim.checkpoint(Progress(done=done, unit=unit))

    return step
