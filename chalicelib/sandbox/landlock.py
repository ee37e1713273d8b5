"""Restrict the files of a process with Landlock, where the kernel has it.

Any process may restrict itself with Landlock, so it serves platforms that allow no namespaces. The
process still sees the whole file system. It can open only programs and the files of its run, and write
only to a few folders. Part of the supervisor: this module uses the standard library only.
"""

import ctypes
import os
import struct
from pathlib import Path

from chalicelib.sandbox.namespaces import DEVICES, SandboxOrder, demand, libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION, BENEATH = 1, 1
RUN, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_DEVICES = (1 << 6) | (1 << 11)
FIRST_RIGHTS, MOVE, TRUNCATE = (1 << 13) - 1, 1 << 13, 1 << 14
READ = RUN | READ_FILE | READ_FOLDER
ON_FILES = RUN | WRITE_FILE | READ_FILE | TRUNCATE
SOCKETS_AND_SIGNALS = 0b11
SINCE_MOVE, SINCE_TRUNCATE, SINCE_SCOPES = 2, 3, 6


def abi_version() -> int:
    """Return the version of Landlock that this kernel has; 0 for none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)))


def file_rights(version: int) -> int:
    """Return every right over files that Landlock of this version can restrict, as bits."""
    return (
        FIRST_RIGHTS | (MOVE if version >= SINCE_MOVE else 0) | (TRUNCATE if version >= SINCE_TRUNCATE else 0)
    )


def make_ruleset(order: SandboxOrder, version: int) -> int:
    """Return the descriptor of a ruleset that allows what the order names; `OSError` when that fails."""
    everything = file_rights(version)
    scopes = SOCKETS_AND_SIGNALS if version >= SINCE_SCOPES else 0
    described = struct.pack("=QQQ", everything, 0, scopes)[: 24 if scopes else 8]
    ruleset = libc.syscall(CREATE_RULESET, described, ctypes.c_size_t(len(described)), 0)
    demand(min(0, ruleset))
    for path in [*order["visible"], order["folder"]]:
        _allow(ruleset, path, READ)
    for path in DEVICES:
        _allow(ruleset, path, READ | WRITE_FILE)
    for path in order["writable"]:
        _allow(ruleset, path, everything & ~MAKE_DEVICES)
    return int(ruleset)


def restrict_self(ruleset: int) -> None:
    """Restrict this process to the ruleset, permanently; `OSError` when the kernel refuses."""
    demand(libc.syscall(RESTRICT_SELF, ruleset, 0))


def _allow(ruleset: int, path: str, allowed: int) -> None:
    if not Path(path).exists():
        return
    held = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not Path(path).is_dir():
        allowed &= ON_FILES
    demand(libc.syscall(ADD_RULE, ruleset, BENEATH, struct.pack("=Qi", allowed, held), 0))
    os.close(held)
