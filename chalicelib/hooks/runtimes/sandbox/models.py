"""What a confined process is given, and how it ended; pure."""

import signal
from pathlib import Path
from typing import NamedTuple

from chalicelib.hooks.runtimes.models import Ended

MIB = 1024 * 1024
MAX_PROCESSES = 64
MAX_OPEN_FILES = 256
MAX_FILES = 10_000
KILLED = 128 + signal.SIGKILL  # what a shell says of a program that was killed


class Command(NamedTuple):
    """A program to run in `folder`, the only place that it may write to, but for what is `read_only` there.

    Without `namespaces`, only what every platform has keeps it in bounds.
    """

    argv: list[str]
    folder: Path
    working_folder: Path
    environment: dict[str, str]
    memory_mib: int
    cpu_s: int
    timeout_s: float
    output_mib: int
    read_only: list[Path]
    namespaces: bool = True


class Exit(NamedTuple):
    """How the process ended: its exit code, or minus the signal's number; None when it never began."""

    ended: Ended
    exit_code: int | None
    duration_s: float
    stdout_tail: str
    stderr_tail: str
    isolation: list[str]


class Report(NamedTuple):
    """What the supervisor says at the end; processor time in seconds."""

    exit_code: int
    cpu_s: float


def ended_by(report: Report, command: Command, stderr_tail: str) -> Ended:
    """What ended a process that nobody here ended.

    A kill from outside is the platform's answer to too much memory, unless the processor limit was
    spent; Python says a MemoryError in its last line (hooks.md, "Out of memory").
    """
    spent = report.exit_code == -signal.SIGKILL and report.cpu_s >= command.cpu_s
    if report.exit_code == -signal.SIGXCPU or spent:
        return Ended.CPU_EXCEEDED
    last = stderr_tail.rstrip().rpartition("\n")[2]
    if report.exit_code in (-signal.SIGKILL, KILLED) or (report.exit_code and last.startswith("MemoryError")):
        return Ended.OUT_OF_MEMORY
    return Ended.EXITED
