"""The command of a confined process, its limits, and how it ends; pure."""

import signal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

MAX_LOG_TAIL_BYTES = 32 * 1024  # a stream


class Ended(StrEnum):
    """The ways in which an attempt can end."""

    EXITED = "exited"
    OUT_OF_MEMORY = "out_of_memory"
    TIMED_OUT = "timed_out"
    CPU_EXCEEDED = "cpu_exceeded"
    OUTPUT_EXCEEDED = "output_exceeded"
    BROKEN_BUNDLE = "broken_bundle"
    DIGEST_MISMATCH = "digest_mismatch"
    FAILED_TO_START = "failed_to_start"


MIB = 1024 * 1024
MAX_PROCESSES = 64
MAX_OPEN_FILES = 256
MAX_FILES = 10_000
KILLED = 128 + signal.SIGKILL  # the exit code that a shell reports for a program that was killed


class Command(NamedTuple):
    """A program to run in `folder`, its limits, and the folders inside of `folder` that it may write to.

    `output_mib` limits the files that the program leaves there, unlinked files included, and also the
    text that it prints. With `namespaces=False`, the sandbox uses only what every platform has.
    """

    argv: list[str]
    folder: Path
    working_folder: Path
    environment: dict[str, str]
    memory_mib: int
    cpu_s: int
    timeout_s: float
    output_mib: int
    writable: list[Path]
    namespaces: bool = True


class Exit(NamedTuple):
    """How the process ended.

    `exit_code` is the exit code, or minus the number of the signal. It is None when the sandbox ended
    the process before the process ended by itself.
    """

    ended: Ended
    exit_code: int | None
    duration_s: float
    stdout_tail: str
    stderr_tail: str
    isolation: list[str]


class Report(NamedTuple):
    """The supervisor's report: how the process is isolated, its exit code, and a limit that it broke.

    A member is None when the supervisor ended before it could report that member.
    """

    isolation: list[str] | None = None
    exit_code: int | None = None
    ended: str | None = None

    @property
    def over(self) -> bool:
        """Whether the process ended by itself, or the supervisor ended it."""
        return self.exit_code is not None or self.ended is not None


def classify_end(report: Report, stderr_tail: str) -> Ended:
    """Return how a process ended that the service did not end itself (docs/security/sandbox.md)."""
    if report.isolation is None:
        return Ended.FAILED_TO_START
    if report.ended:
        return Ended(report.ended)
    if report.exit_code == -signal.SIGXCPU:
        return Ended.CPU_EXCEEDED
    if report.exit_code == -signal.SIGXFSZ:
        return Ended.OUTPUT_EXCEEDED
    # a platform that is short of memory kills the process, and perhaps the supervisor with it;
    # Python itself prints a MemoryError as its last line
    last = stderr_tail.rstrip().rpartition("\n")[2]
    killed = report.exit_code in (None, -signal.SIGKILL, KILLED)
    return (
        Ended.OUT_OF_MEMORY
        if killed or (report.exit_code and last.startswith("MemoryError"))
        else Ended.EXITED
    )
