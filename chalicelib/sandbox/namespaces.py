"""Build the walls, or find that they cannot be built here.

The walls around a confined process, as far as the platform lets anyone build them: all of them, or none.

Namespaces of its own for mounts, processes, network and messages, with a root in which there are
programs to read and a few folders to write. Root needs no more for that; anyone else needs a user
namespace, too. Part of the supervisor: the standard library only.
"""

import ctypes
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

NEW_USER, NEW_MOUNTS, NEW_PROCESSES = 0x10000000, 0x00020000, 0x20000000
NEW_NETWORK, NEW_IPC = 0x40000000, 0x08000000
NO_SUID, BIND, RECURSIVE, PRIVATE = 2, 4096, 16384, 1 << 18
MOUNT_SETATTR, AT_RECURSIVE, READ_ONLY_NO_SUID = 442, 0x8000, 1 | 2
NOBODY = 65534
DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom"]

libc = ctypes.CDLL(None, use_errno=True)
Order = dict[str, Any]


def hand_over(order: Order) -> None:
    """Give what may be written to the user that the program runs as, and let it read the rest.

    A user of its own: no process and no file of another is in its reach, not even of another hook.
    """
    parent = Path(order["folder"]).parent
    parent.chmod(stat.S_IMODE(parent.stat().st_mode) | 0o011)  # or it would not even reach the folder
    for folder, _, names in os.walk(order["folder"]):
        open_up(Path(folder), 0o055)
        for name in names:
            open_up(Path(folder, name), 0o044)
    for path in order["writable"]:
        os.chown(path, order["user"], order["user"])


def open_up(path: Path, more: int) -> None:
    """Add these bits to the mode."""
    path.chmod(stat.S_IMODE(path.stat().st_mode) | more)


def walls_hold(order: Order) -> bool:
    """Try whether all the walls can be made here, in a process that is thrown away: all of them, or none."""
    trial = os.fork()
    if trial == 0:
        with suppress(OSError):
            isolate()
            inner = os.fork()
            if inner == 0:
                with suppress(OSError):
                    wall_in(order)
                    os._exit(0)
                os._exit(1)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]))
        os._exit(1)
    return os.waitpid(trial, 0)[1] == 0


def isolate() -> None:
    """Leave the platform's namespaces for own ones; `OSError` where that is not allowed."""
    user, group = os.geteuid(), os.getegid()
    flags = NEW_MOUNTS | NEW_PROCESSES | NEW_NETWORK | NEW_IPC
    demand(libc.unshare(flags if user == 0 else flags | NEW_USER))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def wall_in(order: Order) -> None:
    """Make a root of its own: programs to read, a few folders to write, no other process to see."""
    root = order["root"]
    mount("none", "/", RECURSIVE | PRIVATE)
    mount("tmpfs", root, NO_SUID, b"tmpfs")
    for path in [*order["visible"], *DEVICES, order["folder"]]:
        if Path(path).exists():
            show(path, root)
            make_read_only(root + path)
    for path in order["writable"]:
        mount(path, root + path, BIND)
    Path(root, "proc").mkdir()
    mount("proc", f"{root}/proc", NO_SUID, b"proc")
    make_read_only(root, 0)
    os.chroot(root)
    os.chdir("/")


def show(path: str, root: str) -> None:
    """Let `path` be seen under `root` at its own place."""
    target = Path(root + path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(path, str(target), BIND | RECURSIVE)


def mount(source: str, target: str, flags: int, kind: bytes | None = None) -> None:
    """Mount, or `OSError`."""
    demand(libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), None))


def make_read_only(path: str, flags: int = AT_RECURSIVE) -> None:
    """Make a mount read-only, with all that is mounted below it; `OSError` where that cannot be."""
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY_NO_SUID, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    demand(libc.syscall(MOUNT_SETATTR, -1, path.encode(), flags, attributes, size))


def demand(answer: int) -> None:
    """Raise what the kernel said when it refused."""
    if answer != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
