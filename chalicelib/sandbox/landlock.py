"""Put the fence up, or find that this kernel has none.

A fence around files where no walls can be built: Landlock, which any process may put around itself.

Everything is still seen, but only programs and what a run was given can be opened, and only a few
folders be written to. Part of the supervisor: the standard library only.
"""

import ctypes
import os
import struct
from pathlib import Path

from chalicelib.sandbox.namespaces import DEVICES, Order, demand, libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION, BENEATH = 1, 1
RUN, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_DEVICES = (1 << 6) | (1 << 11)
FIRST_RIGHTS, MOVE, TRUNCATE = (1 << 13) - 1, 1 << 13, 1 << 14
READ = RUN | READ_FILE | READ_FOLDER
ON_FILES = RUN | WRITE_FILE | READ_FILE | TRUNCATE
SOCKETS_AND_SIGNALS = 0b11
SINCE_MOVE, SINCE_TRUNCATE, SINCE_SCOPES = 2, 3, 6


def version() -> int:
    """Which fence this kernel has; 0 for none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)))


def rights(found: int) -> int:
    """Every right over files that the fence of this version takes."""
    return FIRST_RIGHTS | (MOVE if found >= SINCE_MOVE else 0) | (TRUNCATE if found >= SINCE_TRUNCATE else 0)


def fence(order: Order, found: int) -> int:
    """A descriptor of the fence that lets through what the order shows; `OSError` when it cannot be had."""
    everything = rights(found)
    scopes = SOCKETS_AND_SIGNALS if found >= SINCE_SCOPES else 0
    described = struct.pack("=QQQ", everything, 0, scopes)[: 24 if scopes else 8]
    rules = libc.syscall(CREATE_RULESET, described, ctypes.c_size_t(len(described)), 0)
    demand(min(0, rules))
    for path in [*order["visible"], order["folder"]]:
        _allow(rules, path, READ)
    for path in DEVICES:
        _allow(rules, path, READ | WRITE_FILE)
    for path in order["writable"]:
        _allow(rules, path, everything & ~MAKE_DEVICES)
    return int(rules)


def stay_in(rules: int) -> None:
    """Open nothing from here on but what the fence lets through; there is no way back."""
    demand(libc.syscall(RESTRICT_SELF, rules, 0))


def _allow(rules: int, path: str, allowed: int) -> None:
    if not Path(path).exists():
        return
    held = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not Path(path).is_dir():
        allowed &= ON_FILES
    demand(libc.syscall(ADD_RULE, rules, BENEATH, struct.pack("=Qi", allowed, held), 0))
    os.close(held)
