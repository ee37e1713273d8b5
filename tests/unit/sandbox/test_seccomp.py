"""The filter of system calls as a program: it jumps only within itself, and answers every call."""

import struct

import pytest

from chalicelib.sandbox.seccomp import ALLOW, ANSWER, LOAD, NUMBERS, REFUSE, program

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
EPERM = REFUSE | 1


def answer(steps: bytes, *, architecture: int, number: int, arguments: tuple[int, ...] = (0, 0)) -> int:
    """What the kernel would answer to a call: a small machine of our own that runs the program."""
    data = struct.pack("=IIQ", number, architecture, 0) + b"".join(
        struct.pack("=Q", each) for each in arguments
    )
    found, at = 0, 0
    while True:
        code, if_so, if_not, value = struct.unpack_from("=HBBI", steps, 8 * at)
        if code == ANSWER:
            return int(value)
        if code == LOAD:
            (found,) = struct.unpack_from("=I", data, value)
            at += 1
            continue
        holds = {0x15: found == value, 0x35: found >= value, 0x45: bool(found & value)}[code]
        at += 1 + (if_so if holds else if_not)


@pytest.mark.parametrize(
    ("machine", "column", "architecture"), [("x86_64", 0, X86_64), ("aarch64", 1, AARCH64)]
)
@pytest.mark.parametrize("name", ["ptrace", "unshare", "mount", "memfd_create", "socket", "process_vm_readv"])
def test_calls_that_reach_beyond_the_process_are_refused(
    machine: str, column: int, architecture: int, name: str
) -> None:
    steps = program(machine)
    assert steps
    assert answer(steps, architecture=architecture, number=NUMBERS[name][column]) == EPERM


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("prctl", (4, 1), EPERM),
        ("prctl", (15, 0), ALLOW),
        ("clone", (0x10000011, 0), EPERM),
        ("clone", (0x01200011, 0), ALLOW),
        ("prlimit64", (1 << 32, 0), ALLOW),  # the kernel, too, takes the lower half only
        ("prlimit64", (7, 0), EPERM),
        ("fcntl", (3, 8), EPERM),
        ("fcntl", (3, 1), ALLOW),
        ("kill", (7, 9), ALLOW),
    ],
)
def test_some_calls_are_refused_for_some_arguments(
    name: str, arguments: tuple[int, ...], expected: int
) -> None:
    steps = program("x86_64")
    assert steps
    found = answer(steps, architecture=X86_64, number=NUMBERS[name][0], arguments=arguments)
    assert found == expected


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [("kill", 41, EPERM), ("kill", 2**32 - 1, EPERM), ("kill", 0, ALLOW), ("tgkill", 41, EPERM),
     ("tgkill", 43, ALLOW), ("pidfd_open", 42, EPERM), ("tkill", 43, EPERM), ("rt_sigqueueinfo", 43, EPERM)],
)  # fmt: skip
def test_no_signal_goes_to_those_of_the_same_user(name: str, target: int, expected: int) -> None:
    steps = program("aarch64", keep_from=[42, 41])
    assert steps
    found = answer(steps, architecture=AARCH64, number=NUMBERS[name][1], arguments=(target, 9))
    assert found == expected


def test_calls_by_another_interface_are_refused() -> None:
    steps = program("x86_64")
    assert steps
    assert answer(steps, architecture=0x40000003, number=1) == EPERM
    assert answer(steps, architecture=X86_64, number=0x40000000 | 41) == EPERM


def test_everything_else_is_allowed() -> None:
    steps = program("x86_64")
    assert steps
    named = {numbers[0] for numbers in NUMBERS.values()}
    answers = {answer(steps, architecture=X86_64, number=each) for each in set(range(500)) - named}
    assert answers == {ALLOW}


def test_a_machine_whose_numbers_are_not_known_has_no_filter() -> None:
    assert program("riscv64") is None
