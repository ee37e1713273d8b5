"""Run a release of the `bundle` runtime: unzip its code and run it in the sandbox.

The program finds the package's files under `$HOLDFAST_INPUT`, the manifest at `$HOLDFAST_MANIFEST` and
its configuration at `$HOLDFAST_CONFIG`. It leaves `rows.ndjson` and `result.json` in `$HOLDFAST_OUTPUT`.
`python` as the first word of the entrypoint is the interpreter of the service, with the standard library
and the modules of the bundle.
"""

import hashlib
import json
from pathlib import Path

from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.hooks.models.execution import Attempt, InputFile, Job, output_folder
from chalicelib.hooks.service.bundles import bundle_key
from chalicelib.sandbox import sandbox
from chalicelib.sandbox.command import Command, Ended, Exit
from chalicelib.sandbox.sandbox import Step
from chalicelib.sandbox.scratch import clear, flatten
from chalicelib.sandbox.unzip import BrokenBundle, unpack
from chalicelib.storage.service import storage
from holdfast.api.paths import broken_rule
from holdfast.api.releases import DEFAULT_ENTRYPOINT

MIB = 1024 * 1024
MAX_INPUT_FILES = 10_000
MAX_INPUT_BYTES = 384 * MIB  # a Lambda's disk holds that beside the bundle and the output
NO_SITE = "-S"  # the packages that are installed with the interpreter differ between machines
REASONS = {
    Ended.OUT_OF_MEMORY: "It needed more memory than {memory_mib} MiB.",
    Ended.TIMED_OUT: "It did not end within {timeout_s:g} s.",
    Ended.CPU_EXCEEDED: "It used more processor time than {cpu_s} s.",
    Ended.OUTPUT_EXCEEDED: "It left or printed more than {output_mib} MiB, or too many files.",
    Ended.FAILED_TO_START: "Its entrypoint could not be started; its log says why.",
}


class NotRunnable(Exception):
    """The job cannot start. `ended` says how the attempt counts, `reason` says why to people."""

    def __init__(self, ended: Ended, reason: str) -> None:
        super().__init__(reason)
        self.ended, self.reason = ended, reason


def run(job: Job, *, step: Step) -> Attempt:
    """Prepare the job's folder, run the bundle in it, and return how the attempt ended.

    Nothing that the bundle contains or does raises an error here. Raises `Unavailable` when storage
    does not answer, and any error of `step`.
    """
    try:
        _prepare(job, step)
    except NotRunnable as error:
        return Attempt(error.ended, None, 0.0, "", "", error.reason, [])
    try:
        found = sandbox.run(_command(job), step=step, ticks=clock.ticks)
    finally:
        # nobody reads the folders in there, and hostile code may have made some that are hard to remove
        flatten(output_folder(job))
        clear(job.folder / "tmp")
    return Attempt(
        ended=found.ended,
        exit_code=found.exit_code,
        duration_s=found.duration_s,
        stdout_tail=found.stdout_tail,
        stderr_tail=found.stderr_tail,
        reason=_reason(job, found),
        isolation=found.isolation,
    )


def _prepare(job: Job, step: Step) -> None:
    _demand_room(job.inputs)
    for name in ("input", "output", "tmp"):
        (job.folder / name).mkdir(exist_ok=True)
    packed = job.folder / "bundle.zip"
    _fetch_bundle(job, packed, step)
    try:
        unpack(packed, job.folder / "bundle", broken_rule)
    except BrokenBundle as error:
        raise NotRunnable(Ended.BROKEN_BUNDLE, str(error)) from error
    packed.unlink()
    for file in job.inputs:
        _place(file, job.folder / "input", step)
    (job.folder / "manifest.json").write_bytes(job.manifest)
    (job.folder / "config.json").write_text(json.dumps(job.config))


def _demand_room(inputs: list[InputFile]) -> None:
    size = sum(file.size for file in inputs)
    if len(inputs) > MAX_INPUT_FILES or size > MAX_INPUT_BYTES:
        files = "1 file" if len(inputs) == 1 else f"{len(inputs)} files"
        reason = (
            f"Its `inputs` select {files} of {size} bytes in all; a hook gets at most {MAX_INPUT_FILES}"
            f" files (MAX_INPUT_FILES) of {MAX_INPUT_BYTES} bytes in all (MAX_INPUT_BYTES)."
        )
        raise NotRunnable(Ended.FAILED_TO_START, reason)


def _fetch_bundle(job: Job, target: Path, step: Step) -> None:
    try:
        found = _fetch(bundle_key(job.workspace, job.release.digest), target, step)
    except NotFound:
        raise NotRunnable(Ended.DIGEST_MISMATCH, "The bundle's bytes are not in the hook store.") from None
    if found != job.release.digest:
        reason = f"The bytes in the hook store are not those that were released: their SHA-256 is {found}."
        raise NotRunnable(Ended.DIGEST_MISMATCH, reason)


def _place(file: InputFile, folder: Path, step: Step) -> None:
    target = folder / file.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        found = _fetch(file.key, target, step)
    except NotFound:
        raise NotRunnable(Ended.FAILED_TO_START, f"The bytes of {file.path!r} are not stored.") from None
    except OSError as error:
        reason = f"{file.path!r} cannot be a file on disk here: {error.strerror}."
        raise NotRunnable(Ended.FAILED_TO_START, reason) from error
    if found != file.sha256:
        reason = f"The bytes of {file.path!r} are not those that were finalized: their SHA-256 is {found}."
        raise NotRunnable(Ended.FAILED_TO_START, reason)


def _fetch(key: str, target: Path, step: Step) -> str:
    """Write the object under `key` to the new file `target`; return the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with target.open("xb") as written:
        for chunk in storage().get(key):
            digest.update(chunk)
            written.write(chunk)
            step()
    return digest.hexdigest()


def _command(job: Job) -> Command:
    folder, limits = job.folder, job.release.limits
    return Command(
        argv=_argv(job.release.entrypoint or DEFAULT_ENTRYPOINT, folder / "bundle"),
        folder=folder,
        working_folder=folder / "bundle",
        environment=_environment(job),
        memory_mib=job.memory_mib,
        cpu_s=limits.cpu_s,
        timeout_s=job.timeout_s,
        output_mib=limits.output_mib,
        writable=[output_folder(job), folder / "tmp"],
    )


def _argv(entrypoint: list[str], bundle: Path) -> list[str]:
    program, *words = entrypoint
    if program in ("python", "python3"):
        return [sandbox.python(), NO_SITE, *words]
    return [str(bundle / program), *words]


def _environment(job: Job) -> dict[str, str]:
    """Return the whole environment of the program; it holds no credential and no setting of the service."""
    folder = job.folder
    return {
        "HOLDFAST_INPUT": str(folder / "input"),
        "HOLDFAST_OUTPUT": str(output_folder(job)),
        "HOLDFAST_MANIFEST": str(folder / "manifest.json"),
        "HOLDFAST_CONFIG": str(folder / "config.json"),
        "HOLDFAST_RUN_ID": job.run_id,
        "HOME": str(folder / "tmp"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": f"{Path(sandbox.python()).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **sandbox.libraries(),
    }


def _reason(job: Job, found: Exit) -> str:
    limits = job.release.limits
    if found.ended is Ended.EXITED:
        return "" if found.exit_code == 0 else f"It ended with exit code {found.exit_code}."
    return REASONS[found.ended].format(
        memory_mib=job.memory_mib,
        timeout_s=job.timeout_s,
        cpu_s=limits.cpu_s,
        output_mib=limits.output_mib,
    )
