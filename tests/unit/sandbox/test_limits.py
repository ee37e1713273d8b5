"""What a confined process may take: whoever takes more is ended, and it is said for what."""

import pytest

from chalicelib.sandbox.command import MAX_LOG_TAIL_BYTES, Ended
from tests.support.sandbox.confinement import Confined

CHILDREN = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(os.urandom(1)) * (60 << 20)
        time.sleep(30)
time.sleep(30)
"""
SHARED = """
import os, time
held = bytearray(os.urandom(1)) * (40 << 20)
if os.fork() and os.fork():
    os.fork()
time.sleep(1.2)
"""
BUSY_CHILDREN = """
import os
for _ in range(3):
    if os.fork() == 0:
        while True: pass
os.wait()
"""
HUGE = """
file = open("../output/x", "wb")
while True: file.write(bytes(1 << 16))
"""
TOGETHER = """
import time
for number in range(9): open(f"../output/{number}", "wb").write(bytes(1 << 20))
time.sleep(30)
"""
SPARSE = """
import time
file = open("../output/x", "wb")
file.truncate(4 << 20)
file.seek(0, 2)
file.write(b"x")
file.flush()
time.sleep(30)
"""
UNLINKED = """
import os, time
for number in range(8):
    file = os.open(f"../tmp/{number}", os.O_RDWR | os.O_CREAT)
    os.unlink(f"../tmp/{number}")
    os.write(file, bytes(2 << 20))
time.sleep(30)
"""
DEEP = """
import os, time
os.chdir("../output")
for _ in range(40):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
open("hidden", "wb").write(bytes(3 << 20))
time.sleep(30)
"""
CLOSED = """
import os, time
os.mkdir("../output/closed")
for name in ("one", "two"):
    open(f"../output/closed/{name}", "wb").write(bytes(3 << 20))
os.chmod("../output/closed", 0)
time.sleep(30)
"""


def test_what_ends_well_is_told_as_such(confined: Confined) -> None:
    found = confined("print('done')")
    assert (found.ended, found.exit_code, found.stdout_tail) == (Ended.EXITED, 0, "done\n")


def test_an_exit_code_is_passed_on(confined: Confined) -> None:
    assert confined("raise SystemExit(7)").exit_code == 7


def test_allocating_without_end_is_out_of_memory(confined: Confined) -> None:
    found = confined("held = []\nwhile True: held.append(bytearray(1 << 20))")
    assert (found.ended, found.exit_code) == (Ended.OUT_OF_MEMORY, 1)


def test_being_killed_is_taken_for_the_platforms_answer_to_too_much_memory(confined: Confined) -> None:
    found = confined("import os, signal\nsignal.signal(15, signal.SIG_IGN)\nraise SystemExit(137)")
    assert (found.ended, found.exit_code) == (Ended.OUT_OF_MEMORY, 137)


def test_the_memory_of_all_processes_counts_together(confined: Confined) -> None:
    assert confined(CHILDREN).ended is Ended.OUT_OF_MEMORY


def test_memory_that_processes_share_counts_once(confined: Confined) -> None:
    assert confined(SHARED).ended is Ended.EXITED


def test_no_memory_is_taken_as_a_file_without_a_place(confined: Confined) -> None:
    assert "Operation not permitted" in confined("import os\nos.memfd_create('held')").stderr_tail


def test_processor_time_is_bounded(confined: Confined) -> None:
    assert confined("while True: pass", cpu_s=1).ended is Ended.CPU_EXCEEDED


def test_ignoring_the_signal_for_processor_time_gains_nothing(confined: Confined) -> None:
    found = confined("import signal\nsignal.signal(24, signal.SIG_IGN)\nwhile True: pass", cpu_s=1)
    assert found.ended is Ended.CPU_EXCEEDED


def test_the_processor_time_of_all_processes_counts_together(confined: Confined) -> None:
    assert confined(BUSY_CHILDREN, cpu_s=1).ended is Ended.CPU_EXCEEDED


def test_sleeping_for_ever_times_out(confined: Confined) -> None:
    assert confined("import time\ntime.sleep(1000)", timeout_s=0.5).ended is Ended.TIMED_OUT


def test_ignoring_every_signal_gains_no_time(confined: Confined) -> None:
    lines = "import signal, time\nfor n in set(range(1, 32)) - {9, 19}: signal.signal(n, signal.SIG_IGN)\n"
    assert confined(lines + "while True: time.sleep(1)", timeout_s=0.5).ended is Ended.TIMED_OUT


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_flooding_a_stream_is_too_much_output_and_only_its_end_is_kept(
    confined: Confined, stream: str
) -> None:
    found = confined(f"import sys\nwhile True: sys.{stream}.write('flood ' * 10_000)")
    assert found.ended is Ended.OUTPUT_EXCEEDED
    assert len(found.stdout_tail + found.stderr_tail) <= 2 * MAX_LOG_TAIL_BYTES


def test_what_is_printed_need_not_be_text(confined: Confined) -> None:
    found = confined(r"import os; os.write(1, b'\x00\xff\xfe end')")
    assert found.stdout_tail.endswith(" end")
    assert "\x00" not in found.stdout_tail


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(HUGE, id="huge"),
        pytest.param(TOGETHER, id="together"),
        pytest.param(SPARSE, id="sparse"),
        pytest.param("for n in range(11_000): open(f'../tmp/{n}', 'wb')", id="many"),
        pytest.param(UNLINKED, id="unlinked"),
        pytest.param(DEEP, id="deep"),
    ],
)
def test_too_much_in_files_is_too_much_output(confined: Confined, lines: str) -> None:
    assert confined(lines, cpu_s=10).ended is Ended.OUTPUT_EXCEEDED


def test_a_file_that_ends_at_its_limit_is_too_much_when_its_code_dies_of_that(confined: Confined) -> None:
    lines = (
        "import signal\nsignal.signal(25, signal.SIG_DFL)\nopen('../output/x', 'wb').write(bytes(5 << 20))"
    )
    assert confined(lines).ended is Ended.OUTPUT_EXCEEDED


def test_what_a_closed_folder_hides_counts(confined: Confined) -> None:
    assert confined(CLOSED).ended is Ended.OUTPUT_EXCEEDED


def test_a_fork_bomb_is_bounded_and_ended(confined: Confined) -> None:
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    found = confined(bomb, timeout_s=1.5, cpu_s=20, memory_mib=2048)
    assert found.ended is Ended.TIMED_OUT


def test_open_files_are_bounded(confined: Confined) -> None:
    found = confined("held = []\nwhile True: held.append(open('main.py'))")
    assert "Too many open files" in found.stderr_tail


def test_a_limit_cannot_be_raised_again(confined: Confined) -> None:
    found = confined("import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))")
    assert (found.ended, found.exit_code) == (Ended.EXITED, 1)
