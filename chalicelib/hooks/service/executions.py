"""The verb of executions: run the pinned release of a claimed run, and keep what it found.

Executing a run: from the claimed operation to rows that count.

Begin the run, let its runtime run the pinned release on the package's files, read what it left
back, keep the rows, end the run; the operation ends after it. Nothing of a package that is not
sealed is read, and nothing is kept of an output that is not proven to be this run's and to keep the
hook's contract. Code that ran out of memory runs again with twice as much, three times at most and
never with more than the platform has; each retry is on record before it starts.
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
    """Runs a job to its end; calls `step` about once a second, and lets what that raises through."""

    def __call__(self, job: Job, *, step: Step) -> Attempt:
        """How the attempt ended."""


class Work(NamedTuple):
    """What a run works with: its pinned release, the hook's contract, the package's files and manifest."""

    release: Release
    contract: list[Column]
    inputs: list[InputFile]
    manifest: bytes


class Tried(NamedTuple):
    """The last attempt at a run, with the run as it was written before it."""

    begun: Begun
    job: Job
    attempt: Attempt


def execute(claim: Claim, *, run_code: RunCode) -> Result:
    """Run the code and keep its rows; the result that the run's operation ends with.

    A run that is over already is not run again. Raises what ends or repeats the operation:
    `Stop`, `Unavailable`, or an error that says what is not there.
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
        tried = _try(claim, begun, work, folder=Path(folder), run_code=run_code)
        return _settle(claim, tried, work)


def perform(claim: Claim) -> Result:
    """Do the work of a claimed run with the runtimes of this platform."""
    return execute(claim, run_code=runtimes.run)


def _gather(run: HookRun, pin: Pin, *, actor: Actor) -> Work:
    package = packages.load_with_files(run.package_id, actor=actor)
    manifest = manifest_bytes(package.record, package.files)
    sealed = package.record.status is Status.FINALIZED
    if not sealed or f"sha256:{canonical.sha256_hex(manifest)}" != run.manifest_digest:
        raise not_found()
    inputs = [
        InputFile(entry.path, package.key(entry), entry.size, entry.sha256)
        for entry in package.files
        if matches_any(pin.release.inputs, entry.path)
    ]
    return Work(pin.release, pin.hook.contract, inputs, manifest)


def _try(claim: Claim, begun: Begun, work: Work, *, folder: Path, run_code: RunCode) -> Tried:
    """Run the code, again with more memory as long as it wants more and there is some."""
    while True:
        job = _job(begun.run, work, folder)
        attempt = run_code(job, step=_ticking(claim, "seconds"))
        more = more_memory(begun.run, work.release, most=settings().hook_memory_max_mib)
        if more is None or not ran_out_of_memory(attempt):
            return Tried(begun, job, attempt)
        shutil.rmtree(job.folder, ignore_errors=True)
        grown = begun.run.model_copy(update={"memory_mib": more, "oom_retries": begun.run.oom_retries + 1})
        begun = _save(begun, grown)


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
    outputs.prepare(output_folder(job), _append_note(run))
    return job


def _append_note(run: HookRun) -> dict[str, Any]:
    """What `run.json` says."""
    return {"run_id": run.id, "hook": run.hook, "version": run.version, "digest": run.digest}


def _settle(claim: Claim, tried: Tried, work: Work) -> Result:
    begun, attempt = tried.begun, tried.attempt
    if end := failed_end(attempt):
        return runs.finish(begun, end)
    try:
        output = _keep(claim, tried, work)
    except Invalid as error:
        return runs.finish(begun, refused_end(attempt, error.code, error.message))
    return runs.finish(begun, kept_end(attempt, output))


def _keep(claim: Claim, tried: Tried, work: Work) -> Output:
    """Prove the whole output first, then keep its rows."""
    run, folder = tried.begun.run, output_folder(tried.job)
    step = _ticking(claim, "checks")
    output = outputs.check(folder, note=_append_note(run), contract=work.contract, step=step)

    def report(count: int) -> None:
        claim.checkpoint(Progress(done=count, total=output.row_count, unit="rows"))

    features.keep(run, outputs.lines(folder, contract=work.contract), report=report)
    return output


def _ticking(claim: Claim, unit: str) -> Step:
    """A step that counts its calls: the run's progress while nothing better is known."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        claim.checkpoint(Progress(done=done, unit=unit))

    return step
