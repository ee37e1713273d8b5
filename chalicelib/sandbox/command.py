"""What a confined process is given, and how it ended; pure."""

import signal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

MAX_LOG_TAIL_BYTES = 32 * 1024  # a stream


class Ended(StrEnum):
    """How an attempt ended."""

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

KILLED = 128 + signal.SIGKILL  # what a shell says of a program that was killed


class Command(NamedTuple):
    """A program to run in `folder`, and the folders in there that it may write to.

    The limit of output holds for all that it leaves there, in files with a name or without, and for
    what it prints. Without `namespaces`, only what every platform has keeps it in bounds.
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
    """How the process ended: its exit code, or minus the signal's number; None when it was ended here."""

    ended: Ended
    exit_code: int | None
    duration_s: float
    stdout_tail: str
    stderr_tail: str
    isolation: list[str]


class Report(NamedTuple):
    """What the supervisor says: how far the process is isolated, its end, and why it was ended if it was.

    Anything is None that was not said before the supervisor itself ended.
    """

    isolation: list[str] | None = None
    exit_code: int | None = None
    ended: str | None = None

    @property
    def over(self) -> bool:
        """Whether the process ended, or was ended by the supervisor."""
        return self.exit_code is not None or self.ended is not None


def ended_by(report: Report, stderr_tail: str) -> Ended:
    """What ended a process that the service did not end.

    A kill from outside, and the end of the supervisor with it, is the platform's answer to too much
    memory; Python says a MemoryError in its last line (docs/security/sandbox.md).
    """
    if report.isolation is None:
        return Ended.FAILED_TO_START
    if report.ended:
        return Ended(report.ended)
    if report.exit_code == -signal.SIGXCPU:
        return Ended.CPU_EXCEEDED
    if report.exit_code == -signal.SIGXFSZ:
        return Ended.OUTPUT_EXCEEDED
    last = stderr_tail.rstrip().rpartition("\n")[2]
    killed = report.exit_code in (None, -signal.SIGKILL, KILLED)
    return (
        Ended.OUT_OF_MEMORY
        if killed or (report.exit_code and last.startswith("MemoryError"))
        else Ended.EXITED
    )
