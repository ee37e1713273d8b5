"""Jobs and attempts; pure."""

from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.sandbox.command import Ended
from holdfast.api.releases import Release


class InputFile(NamedTuple):
    """A file of the package that the hook reads: its path there, and where its bytes are kept."""

    path: str
    key: str
    size: int
    sha256: str


class Job(NamedTuple):
    """What is to be run. `folder` is the job's own; memory in MiB, time in seconds.

    It is empty but for the output folder, in which `run.json` stands before the code runs.
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
    """How one attempt ended; `isolation` names what the platform let the code be kept away from."""

    ended: Ended
    exit_code: int | None
    duration_s: float
    stdout_tail: str
    stderr_tail: str
    reason: str
    isolation: list[str]


def output_folder(job: Job) -> Path:
    """Where the code leaves `rows.ndjson` and `result.json`, beside our `run.json`."""
    return job.folder / "output"
