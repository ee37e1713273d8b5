"""The supervisor of one confined process: `python -I -S __main__.py ORDER`, ORDER a JSON object.

Runs alone, with the standard library only and a clean environment, so that there is nothing in it
to steal. Says on the file descriptor `report`, a JSON object a line, how far the process is isolated,
then how it ended; then ends all that is left.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

NEW_USER, NEW_MOUNTS, NEW_PROCESSES = 0x10000000, 0x00020000, 0x20000000
NEW_NETWORK, NEW_IPC = 0x40000000, 0x08000000
PARENT_DEATH_SIGNAL, CHILD_SUBREAPER, NO_NEW_PRIVILEGES = 1, 36, 38
READ_ONLY, NO_SUID, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
NOBODY = 65534
EXEC_FAILED = 127
LOOK_EVERY_S = 0.2
DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom"]

libc = ctypes.CDLL(None, use_errno=True)
Order = dict[str, Any]


def main() -> None:
    """Confine, run, report, end what is left."""
    order: Order = json.loads(sys.argv[1])
    libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    libc.prctl(CHILD_SUBREAPER, 1)
    if not (order["namespaces"] and isolate()):
        supervise(order, leave_privileges(order["folder"]))
    first = os.fork()  # the first process of the namespace: when it ends, the kernel ends the rest
    if first:
        signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGKILL))
        os.close(order["report"])
        os.waitpid(first, 0)
        return
    libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    supervise(order, ["user", "network", "processes", *wall_in(order)])


def isolate() -> bool:
    """Leave the platform's namespaces for own ones, as nobody; False where that is not allowed."""
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(NEW_USER | NEW_MOUNTS | NEW_PROCESSES | NEW_NETWORK | NEW_IPC):
        return False
    with suppress(OSError):  # a user that is mapped to none is as confined
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")
    return True


def leave_privileges(folder: str) -> list[str]:
    """Where there are no namespaces, never run as root: become nobody, who owns `folder`."""
    if os.geteuid() != 0:
        return []
    Path(folder).parent.chmod(0o711)  # or nobody would not even reach it
    for path in (Path(folder), *Path(folder).rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    return ["user"]


def wall_in(order: Order) -> list[str]:
    """Make a root of its own: programs to read, one folder to write, no other process to see."""
    root = order["root"]
    mount("none", "/", RECURSIVE | PRIVATE)
    if not mount("tmpfs", root, NO_SUID, b"tmpfs"):
        return []
    for path in [*order["visible"], *DEVICES]:
        if Path(path).exists():
            show(path, root)
            mount("none", root + path, REMOUNT | BIND | READ_ONLY | NO_SUID)
    show(order["folder"], root)
    for path in order["read_only"]:
        show(path, root)
        mount("none", root + path, REMOUNT | BIND | READ_ONLY | NO_SUID)
    Path(root, "proc").mkdir()
    hidden = mount("proc", f"{root}/proc", NO_SUID, b"proc")
    mount("none", root, REMOUNT | BIND | READ_ONLY | NO_SUID)
    os.chroot(root)
    return ["files", "other-processes"] if hidden else ["files"]


def show(path: str, root: str) -> None:
    """Let `path` be seen under `root` at its own place."""
    target = Path(root + path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(path, str(target), BIND | RECURSIVE)


def mount(source: str, target: str, flags: int, kind: bytes | None = None) -> bool:
    """Mount, and say whether it worked."""
    return bool(libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), None) == 0)


def supervise(order: Order, isolation: list[str]) -> NoReturn:
    """Run the process, wait for it, report how it ended, and end whatever it started."""
    report(order, {"isolation": isolation})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGTERM, lambda *_: end(order, -signal.SIGKILL))
    child = os.fork()
    if child == 0:
        become(order)
    while (exit_code := reaped(child)) is None:
        signal.sigtimedwait({signal.SIGCHLD}, LOOK_EVERY_S)
        if memory_bytes() > order["limits"]["memory_bytes"]:
            end(order, -signal.SIGKILL)
    end(order, exit_code)


def reaped(child: int) -> int | None:
    """Collect what has ended, orphans too; the exit code of `child` when it is among them."""
    with suppress(ChildProcessError):
        while found := os.waitpid(-1, os.WNOHANG):
            if found[0] == child:
                return os.waitstatus_to_exitcode(found[1])
            if found[0] == 0:
                break
    return None


def end(order: Order, exit_code: int) -> NoReturn:
    """Report, end every descendant, and leave."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report(order, {"exit_code": exit_code, "cpu_s": used.ru_utime + used.ru_stime})
    end_descendants()
    os._exit(0)


def report(order: Order, said: dict[str, Any]) -> None:
    """Say one thing to whoever ordered this."""
    with suppress(OSError):
        os.write(order["report"], json.dumps(said).encode() + b"\n")


def end_descendants() -> None:
    """End what the process started, however often it starts more; orphans come to us, the subreaper."""
    while found := list(descendants()):
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def descendants() -> Iterator[int]:
    """Every process below this one that has not ended."""
    children: dict[int, list[int]] = {}
    for process, (state, parent) in states():
        if state != "Z":
            children.setdefault(parent, []).append(process)
    waiting = [os.getpid()]
    while waiting:
        found = children.get(waiting.pop(), [])
        yield from found
        waiting += found


def states() -> Iterator[tuple[int, tuple[str, int]]]:
    """Every process that can be seen, with its state and its parent."""
    with suppress(FileNotFoundError):  # no /proc: the namespace ends what this cannot see
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                process = int(entry.name)
                state, parent = Path(entry, "stat").read_text().rpartition(")")[2].split()[:2]
                yield process, (state, int(parent))


def memory_bytes() -> int:
    """What all descendants hold in memory together; each alone is bound by its own limit."""
    pages = 0
    for process in descendants():
        with suppress(OSError):
            pages += int(Path("/proc", str(process), "statm").read_text().split()[1])
    return pages * resource.getpagesize()


def become(order: Order) -> NoReturn:
    """Take on the limits and become the program."""
    try:
        libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.close(order["report"])
        os.chdir(order["working_folder"])
        limit(order["limits"])
        program: list[str] = order["argv"]
        os.execve(program[0], program, order["environment"])  # noqa: S606  what this process is for
    except (OSError, ValueError) as error:
        os.write(2, f"cannot start: {error}\n".encode())
    os._exit(EXEC_FAILED)


def limit(limits: dict[str, int]) -> None:
    """Bound what the process may take; a hard limit is not to be raised again."""
    processor = limits["cpu_s"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"] + tasks(),) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)


def tasks() -> int:
    """How many tasks the user has already, since its limit counts them all."""
    user, count = os.getuid(), 0
    for process, _ in states():
        with suppress(OSError):
            entry = Path("/proc", str(process))
            count += sum(1 for _ in Path(entry, "task").iterdir()) if entry.stat().st_uid == user else 0
    return count


if __name__ == "__main__":
    main()
