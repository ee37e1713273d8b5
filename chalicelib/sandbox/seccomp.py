"""The filter of system calls, as a program that the kernel runs at each of them; pure.

Numbers and layouts are those of Linux's interface (`seccomp_data`, `sock_filter`), which never change.

Which system calls a confined process is refused: a filter that the kernel holds, on every platform.

Where there are no namespaces, as on AWS Lambda, this is what keeps code from the network (and so from
the function's own control interface on loopback), and from the processes of the same user. Where
there are, it stands behind them.
"""

import errno
import struct
from collections.abc import Iterable
from typing import NamedTuple

LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
OTHER_INTERFACE = 0x40000000  # x32 on x86_64: the same calls by other numbers
NEW_NAMESPACES = 0x7E020000
SET_OWNER, SET_SIGNAL, SET_OWNER_EX = 8, 10, 15
PARENT_DEATH_SIGNAL, SET_DUMPABLE = 1, 4
SOCKET_OWNERS = (0x8901, 0x8902)
PUSH_INPUT = 0x5412

# each call's number on x86_64 and on aarch64
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
    """One step of the program: how far to jump when its comparison holds, and when not."""

    code: int
    if_so: int
    if_not: int
    value: int


def program(machine: str, *, keep_from: Iterable[int] = ()) -> bytes | None:
    """The filter for a machine (`x86_64`, `aarch64`); None for one whose numbers are not known here.

    `keep_from` are processes that run as the same user and must not be sent a signal; without any,
    the process has a user or a namespace of its own, and signals are its own affair.
    """
    if machine not in MACHINES:
        return None
    column, architecture = MACHINES[machine]
    number = {name: numbers[column] for name, numbers in NUMBERS.items()}
    steps = [_load(ARCHITECTURE_AT), Instruction(EQUAL, 1, 0, architecture), _refuse(), _load(NUMBER_AT)]
    steps += [Instruction(AT_LEAST, 0, 1, OTHER_INTERFACE), _refuse()]
    steps += _when(
        number["clone3"], [_refuse(errno.ENOSYS)]
    )  # libraries take `clone` then, which can be judged
    for name in sorted(NUMBERS.keys() - ON_CONDITION):
        steps += _when(number[name], [_refuse()])
    for name, judged in _argument_rules(sorted(keep_from)).items():
        steps += _when(number[name], judged)
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, _allow()])


def _argument_rules(keep_from: list[int]) -> dict[str, list[Instruction]]:
    """What decides on the calls that are refused for some arguments only."""
    judged = {
        "clone": [_argument(0), Instruction(ANY_BIT, 0, 1, NEW_NAMESPACES), _refuse(), _allow()],
        "fcntl": _never(1, [SET_OWNER, SET_SIGNAL, SET_OWNER_EX]),
        "ioctl": _never(1, [*SOCKET_OWNERS, PUSH_INPUT]),
        "prctl": _never(0, [PARENT_DEATH_SIGNAL, SET_DUMPABLE]),
        "prlimit64": _only(0, 0),
    }
    if (
        keep_from
    ):  # `kill` takes the number of any thread too, which cannot all be named: none but 0, its own group
        judged |= {"kill": _only(0, 0), "tgkill": _never(0, keep_from), "pidfd_open": _never(0, keep_from)}
    return judged


def _when(number: int, steps: list[Instruction]) -> list[Instruction]:
    """These steps for this call; each ends with an answer."""
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
