"""Put a process into namespaces of its own, or find that the platform does not allow that.

The process gets namespaces for mounts, processes, network and messages, and a root folder of its own.
That root shows programs, which the process may read, and a few folders, which it may write. A supervisor
that runs as root needs nothing else for that; any other user needs a user namespace as well. The
namespaces are used all together or not at all. Part of the supervisor: this module uses the standard
library only.
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
SandboxOrder = dict[str, Any]


def grant_access(order: SandboxOrder) -> None:
    """Give the writable folders to the program's own user, and let that user read the other files.

    Each run has a user of its own, so it reaches no process and no file of another run.
    """
    parent = Path(order["folder"]).parent
    add_mode_bits(parent, 0o011)  # without it, the user could not even reach the folder
    for folder, _, names in os.walk(order["folder"]):
        add_mode_bits(Path(folder), 0o055)
        for name in names:
            add_mode_bits(Path(folder, name), 0o044)
    for path in order["writable"]:
        os.chown(path, order["user"], order["user"])


def add_mode_bits(path: Path, more: int) -> None:
    """Add the bits `more` to the mode of a file or folder."""
    path.chmod(stat.S_IMODE(path.stat().st_mode) | more)


def namespaces_work(order: SandboxOrder) -> bool:
    """Return whether all namespaces can be made here; a process that is thrown away tries it."""
    trial = os.fork()
    if trial == 0:
        with suppress(OSError):
            enter_namespaces()
            inner = os.fork()
            if inner == 0:
                with suppress(OSError):
                    enter_own_root(order)
                    os._exit(0)
                os._exit(1)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]))
        os._exit(1)
    return os.waitpid(trial, 0)[1] == 0


def enter_namespaces() -> None:
    """Move this process into new namespaces; `OSError` where the platform does not allow that."""
    user, group = os.geteuid(), os.getegid()
    flags = NEW_MOUNTS | NEW_PROCESSES | NEW_NETWORK | NEW_IPC
    demand(libc.unshare(flags if user == 0 else flags | NEW_USER))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def enter_own_root(order: SandboxOrder) -> None:
    """Make a root folder for this process and enter it; `OSError` where that fails.

    The root shows programs to read, a few folders to write, and no other process.
    """
    root = order["root"]
    mount("none", "/", RECURSIVE | PRIVATE)
    mount("tmpfs", root, NO_SUID, b"tmpfs")
    for path in [*order["visible"], *DEVICES, order["folder"]]:
        if Path(path).exists():
            bind_into(root, path)
            make_read_only(root + path)
    for path in order["writable"]:
        mount(path, root + path, BIND)
    Path(root, "proc").mkdir()
    mount("proc", f"{root}/proc", NO_SUID, b"proc")
    make_read_only(root, 0)
    os.chroot(root)
    os.chdir("/")


def bind_into(root: str, path: str) -> None:
    """Mount `path` below `root` under the same path."""
    target = Path(root + path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(path, str(target), BIND | RECURSIVE)


def mount(source: str, target: str, flags: int, kind: bytes | None = None) -> None:
    """Mount `source` at `target`; `OSError` when the kernel refuses."""
    demand(libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), None))


def make_read_only(path: str, flags: int = AT_RECURSIVE) -> None:
    """Make a mount read-only, and each mount below it; `OSError` when the kernel refuses."""
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY_NO_SUID, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    demand(libc.syscall(MOUNT_SETATTR, -1, path.encode(), flags, attributes, size))


def demand(answer: int) -> None:
    """Raise the kernel's error as `OSError` unless the answer of a system call is 0."""
    if answer != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
