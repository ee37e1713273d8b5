"""Find, measure and end every process below this one.

The processes below the supervisor, however they hide: found in /proc, measured together, and ended.

Whoever daemonises becomes the child of the supervisor, which takes in orphans. Part of the
supervisor: the standard library only.
"""

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BLOCK_BYTES = 512


class Taken(NamedTuple):
    """What all have together: bytes of memory, seconds of processor, bytes in files without a name."""

    memory: int
    processor: float
    nameless: int


def end_descendants() -> None:
    """End what the process started; orphans come to us. Stopped first: what is stopped starts no more."""
    while found := set(processes_below()):
        stopped: set[int] = set()
        while fresh := found - stopped:
            send(signal.SIGSTOP, fresh)
            stopped |= fresh
            found = set(processes_below())
        send(signal.SIGKILL, found)
        reap(0)


def send(number: signal.Signals, processes: set[int]) -> None:
    """Send a signal to those that are still there."""
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


def processes_below() -> dict[int, list[str]]:
    """Every process below this one that has not ended, with what /proc says of it from its state on."""
    seen = dict(states())
    children: dict[int, list[int]] = {}
    for process, fields in seen.items():
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(process)
    found: dict[int, list[str]] = {}
    waiting = [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found |= {process: seen[process] for process in below}
        waiting += below
    return found


def states() -> Iterator[tuple[int, list[str]]]:
    """Every process that can be seen."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            yield int(entry.name), Path(entry, "stat").read_text().rpartition(")")[2].split()


def measure(*, memory_bytes: int) -> Taken:
    """What all descendants have together, and what those had of the processor that have ended.

    Pages that several share count once; as that is dear to find out, only when they seem to have more
    than `memory_bytes`.
    """
    found = processes_below()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = sum(int(field) for fields in found.values() for field in fields[11:15])
    memory = sum(int(fields[21]) for fields in found.values()) * resource.getpagesize()
    if memory > memory_bytes:
        memory = sum(proportional(process, fields) for process, fields in found.items())
    processor = used.ru_utime + used.ru_stime + ticks / os.sysconf("SC_CLK_TCK")
    return Taken(memory, processor, nameless_bytes(found))


def proportional(process: int, fields: list[str]) -> int:
    """The bytes that the process has in memory, shared ones divided among those that share them."""
    with suppress(OSError):
        for line in Path("/proc", str(process), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return int(fields[21]) * resource.getpagesize()


def nameless_bytes(processes: dict[int, list[str]]) -> int:
    """What is held in open files that no folder names any more, and nobody would count there."""
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
    """Collect what has ended, orphans too; the exit code of `child` when it is among them."""
    exit_code = None
    with suppress(ChildProcessError):
        while found := os.waitpid(-1, os.WNOHANG):
            if found[0] == 0:
                break
            if found[0] == child:
                exit_code = os.waitstatus_to_exitcode(found[1])
    return exit_code


def tasks() -> int:
    """How many tasks the user has already, since its limit counts them all."""
    user, count = os.getuid(), 0
    for process, _ in states():
        with suppress(OSError):
            entry = Path("/proc", str(process))
            count += sum(1 for _ in Path(entry, "task").iterdir()) if entry.stat().st_uid == user else 0
    return count
