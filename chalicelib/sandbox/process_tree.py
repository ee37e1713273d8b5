"""Find, measure and end every process below the supervisor.

/proc lists the processes, and the supervisor measures all of them together. A process cannot leave the
tree: when its parent ends, it becomes a child of the supervisor. Part of the supervisor: this module uses
the standard library only.
"""

import os
import resource
import signal
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BLOCK_BYTES = 512


class Usage(NamedTuple):
    """The sum over a process tree: bytes of memory, seconds of processor, bytes in unlinked files."""

    memory_bytes: int
    processor_s: float
    unlinked_bytes: int


def end_tree() -> None:
    """End every process below this one, orphans included."""
    while found := set(processes_below()):
        stopped: set[int] = set()
        while fresh := found - stopped:
            send_signal(signal.SIGSTOP, fresh)  # a stopped process starts no other
            stopped |= fresh
            found = set(processes_below())
        send_signal(signal.SIGKILL, found)
        reap(0)


def send_signal(number: signal.Signals, processes: set[int]) -> None:
    """Send a signal to those of the processes that still exist."""
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


def processes_below() -> dict[int, list[str]]:
    """Return every process below this one that has not ended, with its fields of `/proc/PID/stat`.

    The fields are those from the state on.
    """
    every = dict(all_processes())
    children: dict[int, list[int]] = {}
    for process, fields in every.items():
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(process)
    found: dict[int, list[str]] = {}
    waiting = [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found |= {process: every[process] for process in below}
        waiting += below
    return found


def all_processes() -> Iterator[tuple[int, list[str]]]:
    """Yield every process that /proc shows, with its fields of `/proc/PID/stat` from the state on."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            yield int(entry.name), Path(entry, "stat").read_text().rpartition(")")[2].split()


def measure(*, memory_bytes: int) -> Usage:
    """Return what all processes below this one use; the processor time includes processes that ended.

    A page that several processes share counts once if the sum seems to be over `memory_bytes`, and
    else once for each of them.
    """
    found = processes_below()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = sum(int(field) for fields in found.values() for field in fields[11:15])
    memory = sum(int(fields[21]) for fields in found.values()) * resource.getpagesize()
    if memory > memory_bytes:  # not always: the kernel needs long to count shared pages
        memory = sum(proportional_memory(process, fields) for process, fields in found.items())
    processor = used.ru_utime + used.ru_stime + ticks / os.sysconf("SC_CLK_TCK")
    return Usage(memory, processor, unlinked_bytes(found))


def proportional_memory(process: int, fields: list[str]) -> int:
    """Return the bytes of memory of a process; shared pages are divided among those that share them."""
    with suppress(OSError):
        for line in Path("/proc", str(process), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return int(fields[21]) * resource.getpagesize()


def unlinked_bytes(processes: Iterable[int]) -> int:
    """Return the bytes in files that the processes have open and that are in no folder any more."""
    sizes = {}
    for process in processes:
        with suppress(OSError):
            for entry in list(os.scandir(f"/proc/{process}/fd")):
                with suppress(OSError):
                    found = Path(entry.path).stat()
                    if found.st_nlink == 0 and stat.S_ISREG(found.st_mode):
                        sizes[found.st_dev, found.st_ino] = found.st_blocks * BLOCK_BYTES
    return sum(sizes.values())


def reap(child: int) -> int | None:
    """Collect every child that ended, orphans included; return the exit code of `child` if it did."""
    exit_code = None
    with suppress(ChildProcessError):
        while found := os.waitpid(-1, os.WNOHANG):
            if found[0] == 0:
                break
            if found[0] == child:
                exit_code = os.waitstatus_to_exitcode(found[1])
    return exit_code


def count_tasks() -> int:
    """Return how many tasks the user of this process has in all processes; its limit counts all of them."""
    user, count = os.getuid(), 0
    for process, _ in all_processes():
        with suppress(OSError):
            entry = Path("/proc", str(process))
            count += sum(1 for _ in Path(entry, "task").iterdir()) if entry.stat().st_uid == user else 0
    return count
