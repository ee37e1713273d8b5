"""Jobs, attempts, and the end that an attempt gives its run; pure (docs/concepts/hooks.md)."""

from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.hooks.models.output import HookResult, Output, Verdict
from chalicelib.hooks.models.run import End, tail
from chalicelib.sandbox.command import Ended
from holdfast.api.codes import (
    HOOK_FAILED,
    HOOK_NOT_STARTED,
    HOOK_OUT_OF_MEMORY,
    HOOK_OVER_LIMIT,
    HOOK_REJECTED,
)
from holdfast.api.hook_runs import HookRun, Log, RunStatus
from holdfast.api.releases import Release, Runtime

MAX_OOM_RETRIES = 3
KILLED_FOR_MEMORY = 137

CODES = {
    Ended.EXITED: HOOK_FAILED,
    Ended.OUT_OF_MEMORY: HOOK_OUT_OF_MEMORY,
    Ended.TIMED_OUT: HOOK_OVER_LIMIT,
    Ended.CPU_EXCEEDED: HOOK_OVER_LIMIT,
    Ended.OUTPUT_EXCEEDED: HOOK_OVER_LIMIT,
    Ended.BROKEN_BUNDLE: HOOK_NOT_STARTED,
    Ended.DIGEST_MISMATCH: HOOK_NOT_STARTED,
    Ended.FAILED_TO_START: HOOK_NOT_STARTED,
}


class InputFile(NamedTuple):
    """A file of the package that the hook reads: its path in the package, and the key of its bytes."""

    path: str
    key: str
    size: int
    sha256: str


class Job(NamedTuple):
    """One attempt that a runtime has to make. Memory is in MiB, time in seconds.

    `folder` belongs to the job alone. At the start it holds only the output folder with `run.json`.
    """

    run_id: str
    hook: str
    workspace: str
    release: Release
    memory_mib: int
    timeout_s: float
    folder: Path
    inputs: list[InputFile]
    manifest: bytes
    config: dict[str, Any]


class Attempt(NamedTuple):
    """How one attempt ended. `isolation` names the parts of the sandbox that the platform gave it."""

    ended: Ended
    exit_code: int | None
    duration_s: float
    stdout_tail: str
    stderr_tail: str
    reason: str
    isolation: list[str]


def output_folder(job: Job) -> Path:
    """Return the folder where the code leaves `rows.ndjson` and `result.json`, beside our `run.json`."""
    return job.folder / "output"


def ran_out_of_memory(attempt: Attempt) -> bool:
    """Return whether the attempt needed more memory.

    The signs are an end by the sandbox or the platform, exit code 137, and a MemoryError as Python's
    last line.
    """
    if attempt.ended is Ended.OUT_OF_MEMORY:
        return True
    if attempt.ended is not Ended.EXITED or not attempt.exit_code:
        return False
    last = attempt.stderr_tail.rstrip().rpartition("\n")[2]
    return attempt.exit_code == KILLED_FOR_MEMORY or last.startswith("MemoryError")


def first_memory(release: Release, *, most: int) -> int:
    """Return the MiB of memory that a run starts with: the limit of its release, and never over `most`."""
    return min(release.limits.memory_mib, most)


def more_memory(run: HookRun, release: Release, *, most: int) -> int | None:
    """Return the MiB of memory for another attempt of a run; None when it gets no other attempt."""
    # the owner of a Lambda function sets its memory, so a retry would have no more
    memory = run.memory_mib or 0
    if release.runtime is Runtime.LAMBDA or run.oom_retries >= MAX_OOM_RETRIES or memory >= most:
        return None
    return min(2 * memory, most)


def failed_end(attempt: Attempt) -> End | None:
    """Return the end of a run whose code failed; None for code that exited with 0."""
    if attempt.ended is Ended.EXITED and not attempt.exit_code:
        return None
    code = HOOK_OUT_OF_MEMORY if ran_out_of_memory(attempt) else CODES[attempt.ended]
    reason = attempt.reason or f"The code ended with exit code {attempt.exit_code}."
    return _end(attempt, RunStatus.FAILED, code, reason)


def refused_end(attempt: Attempt, code: str, message: str) -> End:
    """Return the end of a run whose output breaks a rule."""
    return _end(attempt, RunStatus.FAILED, code, message)


def kept_end(attempt: Attempt, output: Output) -> End:
    """Return the end of a run whose output was kept: succeeded, or rejected when its result says so."""
    passed = output.result.status is Verdict.PASSED
    end = _end(attempt, RunStatus.SUCCEEDED, None, output.result.reason)
    end = end if passed else _rejected(attempt, output.result)
    return end._replace(row_count=output.row_count, output_digest=output.digest)


def _rejected(attempt: Attempt, result: HookResult) -> End:
    reason = result.reason or "The hook gave no reason."
    return _end(attempt, RunStatus.REJECTED, HOOK_REJECTED, reason)


def _end(attempt: Attempt, status: RunStatus, code: str | None, reason: str | None) -> End:
    return End(
        status=status,
        code=code,
        reason=reason,
        exit_code=attempt.exit_code,
        isolation=tuple(attempt.isolation),
        log=Log(stdout=tail(attempt.stdout_tail), stderr=tail(attempt.stderr_tail)),
    )
