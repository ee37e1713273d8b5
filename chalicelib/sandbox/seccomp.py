"""Build the seccomp filter: a program that the kernel runs at each system call of the code; pure.

The filter refuses system calls that reach beyond the process. On a platform without namespaces, such as
AWS Lambda, only the filter keeps the code from the network, and so from the function's own control
interface on loopback. There it also protects the processes of the same user. On a platform with
namespaces, the filter is a second protection behind them.

Numbers and layouts are those of Linux's interface (`seccomp_data`, `sock_filter`). They never change.
"""

import errno
import struct
from collections.abc import Iterable
from typing import NamedTuple

LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
OTHER_INTERFACE = 0x40000000  # x32 on x86_64: the same system calls with other numbers
NEW_NAMESPACES = 0x7E020000
SET_OWNER, SET_SIGNAL, SET_OWNER_EX = 8, 10, 15
PARENT_DEATH_SIGNAL, SET_DUMPABLE = 1, 4
SOCKET_OWNERS = (0x8901, 0x8902)
PUSH_INPUT = 0x5412

# the number of each system call on x86_64 and on aarch64
NUMBERS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone": (56, 220),
    "clone3": (435, 435),
    "fcntl": (72, 25),
    "fsopen": (430, 430),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "kill": (62, 129),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "msgget": (68, 186),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setns": (308, 268),
    "shmget": (29, 194),
    "socket": (41, 198),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
ON_CONDITION = {
    "clone",
    "clone3",
    "fcntl",
    "ioctl",
    "kill",
    "pidfd_open",
    "prctl",
    "prlimit64",
    "tgkill",
}


class Instruction(NamedTuple):
    """One step of the program, and how many steps to skip when its comparison holds and when it does not."""

    code: int
    if_so: int
    if_not: int
    value: int


def program(machine: str, *, keep_from: Iterable[int] = ()) -> bytes | None:
    """Return the filter for a machine (`x86_64`, `aarch64`); None for any other machine.

    `keep_from` names processes of the same user, to which the code must not send a signal. It is empty
    for code with a user or a namespace of its own, whose signals reach no process of ours.
    """
    if machine not in MACHINES:
        return None
    column, architecture = MACHINES[machine]
    number = {name: numbers[column] for name, numbers in NUMBERS.items()}
    steps = [_load(ARCHITECTURE_AT), Instruction(EQUAL, 1, 0, architecture), _refuse(), _load(NUMBER_AT)]
    steps += [Instruction(AT_LEAST, 0, 1, OTHER_INTERFACE), _refuse()]
    # libraries then use `clone`, whose arguments a filter can read
    steps += _when(number["clone3"], [_refuse(errno.ENOSYS)])
    for name in sorted(NUMBERS.keys() - ON_CONDITION):
        steps += _when(number[name], [_refuse()])
    for name, rule in _argument_rules(sorted(keep_from)).items():
        steps += _when(number[name], rule)
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, _allow()])


def _argument_rules(keep_from: list[int]) -> dict[str, list[Instruction]]:
    """Return the steps for the system calls that are refused for some arguments only, by name."""
    rules = {
        "clone": [_argument(0), Instruction(ANY_BIT, 0, 1, NEW_NAMESPACES), _refuse(), _allow()],
        "fcntl": _never(1, [SET_OWNER, SET_SIGNAL, SET_OWNER_EX]),
        "ioctl": _never(1, [*SOCKET_OWNERS, PUSH_INPUT]),
        "prctl": _never(0, [PARENT_DEATH_SIGNAL, SET_DUMPABLE]),
        "prlimit64": _only(0, 0),
    }
    if keep_from:
        # `kill` takes the number of any thread, and the filter cannot name all of them: allow only 0,
        # which is the process's own group
        rules |= {"kill": _only(0, 0), "tgkill": _never(0, keep_from), "pidfd_open": _never(0, keep_from)}
    return rules


def _when(number: int, steps: list[Instruction]) -> list[Instruction]:
    """Return the steps that run `steps` for one system call only; every path through `steps` must answer."""
    return [Instruction(EQUAL, 0, len(steps), number), *steps]


def _only(argument: int, value: int) -> list[Instruction]:
    return [_argument(argument), Instruction(EQUAL, 1, 0, value), _refuse(), _allow()]


def _never(argument: int, values: list[int]) -> list[Instruction]:
    refused = [step for value in values for step in (Instruction(EQUAL, 0, 1, value), _refuse())]
    return [_argument(argument), *refused, _allow()]


def _argument(index: int) -> Instruction:
    return _load(ARGUMENTS_AT + 8 * index)  # its lower half: both machines put that first


def _load(offset: int) -> Instruction:
    return Instruction(LOAD, 0, 0, offset)


def _refuse(code: int = errno.EPERM) -> Instruction:
    return Instruction(ANSWER, 0, 0, REFUSE | code)


def _allow() -> Instruction:
    return Instruction(ANSWER, 0, 0, ALLOW)
