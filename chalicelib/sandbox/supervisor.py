"""Run one confined program: restrict it, watch its process tree, and report how it ends.

The supervisor is a program of its own, between the service and hostile code. It has a clean environment,
and loads only the standard library, `namespaces`, `landlock` and `process_tree`, so hostile code finds
nothing to steal in it. It reads its order, a JSON object, from stdin. It writes its report to a file
descriptor, one JSON object a line: first how the program is isolated, then how the program ended. At
last it ends every process that is left.
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

from chalicelib.sandbox.landlock import abi_version, make_ruleset, restrict_self
from chalicelib.sandbox.namespaces import (
    SandboxOrder,
    demand,
    enter_namespaces,
    enter_own_root,
    grant_access,
    libc,
    namespaces_work,
)
from chalicelib.sandbox.process_tree import Usage, count_tasks, end_tree, measure, reap

PARENT_DEATH_SIGNAL, DUMPABLE, SECCOMP, CHILD_SUBREAPER, NO_NEW_PRIVILEGES = 1, 4, 22, 36, 38
FILTER = 2
FIRST_USER, USERS = 61184, 4096  # the range that systems reserve for temporary users
EXEC_FAILED = 127
LOOK_EVERY_S = 0.2


class SeccompFilter(ctypes.Structure):
    """The seccomp filter in the layout that the kernel reads."""

    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def main() -> None:
    """Confine and run the program of the order on stdin; report to the descriptor in the first argument."""
    order: SandboxOrder = json.load(sys.stdin)
    order["report"] = int(sys.argv[1])
    os.set_inheritable(order["report"], False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.umask(0o022)
    adopt_orphans()
    order["user"] = FIRST_USER + os.getpid() % USERS if os.geteuid() == 0 else None
    if order["user"]:
        grant_access(order)
    if not (order["namespaces"] and namespaces_work(order)):
        landlock = abi_version()
        order["landlock_ruleset"] = make_ruleset(order, landlock) if landlock else None
        seccomp = order["seccomp"] if order["user"] else order["seccomp_for_shared_user"]
        kept = {"user": order["user"], "files": landlock}
        supervise(order, [name for name, holds in kept.items() if holds], seccomp)
    enter_namespaces()
    first = os.fork()  # the first process of the namespace: when it ends, the kernel ends the rest
    if first:
        signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGKILL))
        os.close(order["report"])
        os.waitpid(first, 0)
        return
    adopt_orphans()
    enter_own_root(order)
    supervise(order, ["user", "network", "processes", "files", "other-processes"], order["seccomp"])


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process, and end when our own parent ends."""
    libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    libc.prctl(CHILD_SUBREAPER, 1)


def supervise(order: SandboxOrder, isolation: list[str], seccomp: str | None) -> NoReturn:
    """Run the program, wait for it, report how it ended, and end its process tree.

    `isolation` names what holds already; `seccomp` is the filter in hexadecimal digits.
    """
    libc.prctl(DUMPABLE, 0)  # processes of the same user cannot read our memory
    order["filter"] = bytes.fromhex(seccomp) if seccomp and kernel_takes_filters() else None
    kept = {*isolation, "network", "calls"} if order["filter"] else set(isolation)
    report(order, {"isolation": sorted(kept)})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGTERM, lambda *_: end(order))
    child = os.fork()
    if child == 0:
        become(order)
    while (exit_code := reap(child)) is None:
        signal.sigtimedwait({signal.SIGCHLD}, LOOK_EVERY_S)
        if broken := broken_limit(usage_now(order), order["limits"]):
            end(order, ended=broken)
    killed_for_time = (
        exit_code == -signal.SIGKILL and usage_now(order).processor_s >= order["limits"]["cpu_s"]
    )
    end(order, exit_code=exit_code, **({"ended": "cpu_exceeded"} if killed_for_time else {}))


def kernel_takes_filters() -> bool:
    """Return whether this kernel has seccomp filters."""
    # a kernel that has them reads the filter, which is missing here; any other knows no such option
    return libc.prctl(SECCOMP, FILTER, None) != 0 and ctypes.get_errno() == errno.EFAULT


def broken_limit(usage: Usage, limits: dict[str, int]) -> str | None:
    """Return how a process tree ends that is over a limit, as `Ended` spells it; None within the limits."""
    if usage.memory_bytes > limits["memory_bytes"]:
        return "out_of_memory"
    if usage.processor_s > limits["cpu_s"]:
        return "cpu_exceeded"
    return "output_exceeded" if usage.unlinked_bytes > limits["file_bytes"] else None


def usage_now(order: SandboxOrder) -> Usage:
    """Return what the program's process tree uses at this moment."""
    return measure(memory_bytes=order["limits"]["memory_bytes"])


def end(order: SandboxOrder, **facts: Any) -> NoReturn:
    """Report the facts, end the process tree, and exit."""
    report(order, facts)
    end_tree()
    os._exit(0)


def report(order: SandboxOrder, facts: dict[str, Any]) -> None:
    """Write facts to the service as one line of JSON; nothing when the service is gone."""
    with suppress(OSError):
        os.write(order["report"], json.dumps(facts).encode() + b"\n")


def become(order: SandboxOrder) -> NoReturn:
    """Restrict this process and execute the program in it; report `failed_to_start` when that fails."""
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
        others = 0 if order["user"] else count_tasks()
        if order.get("landlock_ruleset"):
            restrict_self(order["landlock_ruleset"])
        apply_seccomp(order["filter"])
        limit(order["limits"], others)
        os.execve(order["argv"][0], order["argv"], order["environment"])  # noqa: S606  the supervisor is for this
    except (OSError, ValueError, MemoryError) as error:
        os.write(2, f"cannot start: {error}\n".encode("utf-8", "replace"))
        report(order, {"ended": "failed_to_start"})
    os._exit(EXEC_FAILED)


def apply_seccomp(steps: bytes | None) -> None:
    """Refuse the system calls that the filter names, permanently, to this process and its children."""
    if steps:
        demand(libc.prctl(SECCOMP, FILTER, ctypes.byref(SeccompFilter(len(steps) // 8, steps))))


def limit(limits: dict[str, int], others: int) -> None:
    """Set the limits of this process as hard limits, which nobody without privileges can raise.

    `others` is the number of tasks that the user has already: the limit of processes counts them, too.
    """
    processor = limits["cpu_s"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"] + others,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
