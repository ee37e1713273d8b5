"""Confine one program, watch what it and all below it take, say how it ended.

The supervisor of one confined process: a program of its own, between the service and hostile code.

Runs alone, on the standard library and what else is in its own packages (`walls`, `descendants`), with
a clean environment, so that there is nothing in it to steal. Its order is a JSON object on stdin. It
says on a file descriptor, a JSON object a line, how far the process is isolated, then how it ended;
then it ends all that is left.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

from chalicelib.sandbox.landlock import fence, stay_in, version
from chalicelib.sandbox.namespaces import demand, hand_over, isolate, libc, wall_in, walls_hold
from chalicelib.sandbox.process_tree import Taken, end_descendants, measure, reap, tasks

PARENT_DEATH_SIGNAL, DUMPABLE, SECCOMP, CHILD_SUBREAPER, NO_NEW_PRIVILEGES = 1, 4, 22, 36, 38
FILTER = 2
FIRST_USER, USERS = 61184, 4096  # the range that systems keep for users of the moment
EXEC_FAILED = 127
LOOK_EVERY_S = 0.2

Order = dict[str, Any]


class Filter(ctypes.Structure):
    """The filter of system calls, as the kernel takes it."""

    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def main() -> None:
    """Confine, run, report, end what is left."""
    order: Order = json.load(sys.stdin)
    order["report"] = int(sys.argv[1])
    os.set_inheritable(order["report"], False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.umask(0o022)
    keep_alone()
    order["user"] = FIRST_USER + os.getpid() % USERS if os.geteuid() == 0 else None
    if order["user"]:
        hand_over(order)
    if not (order["namespaces"] and walls_hold(order)):
        found = version()
        order["fence"] = fence(order, found) if found else None
        calls = order["calls"] if order["user"] else order["calls_among_others"]
        kept = {"user": order["user"], "files": found}
        supervise(order, [name for name, holds in kept.items() if holds], calls)
    isolate()
    first = os.fork()  # the first process of the namespace: when it ends, the kernel ends the rest
    if first:
        signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGKILL))
        os.close(order["report"])
        os.waitpid(first, 0)
        return
    keep_alone()
    wall_in(order)
    supervise(order, ["user", "network", "processes", "files", "other-processes"], order["calls"])


def keep_alone() -> None:
    """End with whoever started this, and take in orphans."""
    libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    libc.prctl(CHILD_SUBREAPER, 1)


def supervise(order: Order, isolation: list[str], calls: str | None) -> NoReturn:
    """Run the process, wait for it, report how it ended, and end whatever it started."""
    libc.prctl(DUMPABLE, 0)  # closed to the eyes of whoever runs as the same user
    order["filter"] = bytes.fromhex(calls) if calls and takes_filters() else None
    kept = {*isolation, "network", "calls"} if order["filter"] else set(isolation)
    report(order, {"isolation": sorted(kept)})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGTERM, lambda *_: end(order))
    child = os.fork()
    if child == 0:
        become(order)
    while (exit_code := reap(child)) is None:
        signal.sigtimedwait({signal.SIGCHLD}, LOOK_EVERY_S)
        if broken := over(now(order), order["limits"]):
            end(order, ended=broken)
    killed_for_time = exit_code == -signal.SIGKILL and now(order).processor >= order["limits"]["cpu_s"]
    end(order, exit_code=exit_code, **({"ended": "cpu_exceeded"} if killed_for_time else {}))


def takes_filters() -> bool:
    """Whether this kernel takes filters of system calls: it looks for the one that is not there."""
    return libc.prctl(SECCOMP, FILTER, None) != 0 and ctypes.get_errno() == errno.EFAULT


def over(found: Taken, limits: dict[str, int]) -> str | None:
    """Which limit all of them together are over; each alone is bound by its own."""
    if found.memory > limits["memory_bytes"]:
        return "out_of_memory"
    if found.processor > limits["cpu_s"]:
        return "cpu_exceeded"
    return "output_exceeded" if found.nameless > limits["file_bytes"] else None


def now(order: Order) -> Taken:
    """What the process and all below it take."""
    return measure(memory_bytes=order["limits"]["memory_bytes"])


def end(order: Order, **said: Any) -> NoReturn:
    """Report, end every descendant, and leave."""
    report(order, said)
    end_descendants()
    os._exit(0)


def report(order: Order, said: dict[str, Any]) -> None:
    """Say one thing to whoever ordered this."""
    with suppress(OSError):
        os.write(order["report"], json.dumps(said).encode() + b"\n")


def become(order: Order) -> NoReturn:
    """Take on the limits and become the program."""
    try:
        os.setsid()
        if order["user"]:
            os.setgroups([])
            os.setgid(order["user"])
            os.setuid(order["user"])
        libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.chdir(order["working_folder"])
        others = 0 if order["user"] else tasks()
        if order.get("fence"):
            stay_in(order["fence"])
        filter_calls(order["filter"])
        limit(order["limits"], others)
        os.execve(order["argv"][0], order["argv"], order["environment"])  # noqa: S606  what this process is for
    except (OSError, ValueError, MemoryError) as error:
        os.write(2, f"cannot start: {error}\n".encode("utf-8", "replace"))
        report(order, {"ended": "failed_to_start"})
    os._exit(EXEC_FAILED)


def filter_calls(steps: bytes | None) -> None:
    """Be refused the calls that the filter names, from here on and whatever this becomes."""
    if steps:
        demand(libc.prctl(SECCOMP, FILTER, ctypes.byref(Filter(len(steps) // 8, steps))))


def limit(limits: dict[str, int], others: int) -> None:
    """Bound what the process may take; a hard limit is not to be raised again.

    The user has `others` tasks already, and its limit counts them all.
    """
    processor = limits["cpu_s"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"] + others,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
