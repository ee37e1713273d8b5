"""After a hook the service is as it was: no process, file, folder or open descriptor is left of it."""

import ctypes
import os
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chalicelib.sandbox import sandbox
from chalicelib.sandbox.command import Ended
from tests.support.sandbox.confinement import Confined, confine

GET_DUMPABLE = 3
DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3): os.close(number)
        while True: time.sleep(1)
    os._exit(0)
os.wait()
"""


@pytest.fixture
def mark() -> str:
    """A word in a command line by which a test finds the processes that it started."""
    return f"mark-{os.urandom(8).hex()}"


@pytest.fixture(autouse=True)
def healthy(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counts what the service has open, in its folders and as processes, before and after."""
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    before = standing(place)
    yield
    assert standing(place) == before


def standing(place: Path) -> dict[str, object]:
    """What must be as it was."""
    return {
        "descriptors": sorted(path.name for path in Path("/proc/self/fd").iterdir()),
        "folders": [path.name for path in place.iterdir() if path.name.startswith("tmp")],
        "children": Path("/proc/self/task", str(os.getpid()), "children").read_text().split(),
        "dumpable": ctypes.CDLL(None).prctl(GET_DUMPABLE),
    }


def running(mark: str) -> list[str]:
    """The processes with `mark` in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path.parent.name] if mark.encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


def marked(mark: str, source: str) -> str:
    """Code that does `source` under a command line with the mark, which its forks keep."""
    again = f"os.execv(sys.executable, [sys.executable, 'main.py', {mark!r}])"
    return f"import os, sys, time\nif sys.argv[1:] != [{mark!r}]: {again}\n{source}"


def test_a_daemon_does_not_outlive_its_hook(confined: Confined, mark: str) -> None:
    found = confined(marked(mark, DAEMON))
    assert (found.ended, found.exit_code) == (Ended.EXITED, 0)
    assert running(mark) == []


def test_many_daemons_do_not_outlive_a_hook_that_is_ended(confined: Confined, mark: str) -> None:
    bomb = "import os\nwhile True:\n    try: os.fork() or os.setsid()\n    except OSError: pass"
    assert confined(marked(mark, bomb), timeout_s=1.0, cpu_s=20, memory_mib=2048).ended is Ended.TIMED_OUT
    assert running(mark) == []


def test_what_a_step_raises_ends_the_process_at_once_and_passes_on(confined: Confined, mark: str) -> None:
    class Over(Exception):
        """The claim is lost."""

    def step() -> None:
        raise Over

    with pytest.raises(Over):
        confined(marked(mark, "time.sleep(100)"), step=step, timeout_s=30.0)
    assert running(mark) == []


def test_a_step_is_taken_about_every_second_while_it_runs(confined: Confined) -> None:
    steps: list[int] = []
    confined("import time\ntime.sleep(2.4)", step=lambda: steps.append(1))
    assert len(steps) in (1, 2)


def test_two_hooks_at_once_each_end_as_they_end(place: Path) -> None:
    sources = {
        "one": "import time\ntime.sleep(0.7)\nprint('one')",
        "two": "print('two')\nraise SystemExit(3)",
    }
    with ThreadPoolExecutor(2) as pool:
        found = dict(
            zip(sources, pool.map(lambda name: confine(place / name, sources[name]), sources), strict=True)
        )
    assert {name: (end.exit_code, end.stdout_tail) for name, end in found.items()} == {
        "one": (0, "one\n"),
        "two": (3, "two\n"),
    }


def test_two_bombs_at_once_are_ended_both(place: Path) -> None:
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    limits: dict[str, Any] = {"timeout_s": 1.0, "cpu_s": 20, "memory_mib": 2048}
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: confine(place / name, bomb, **limits), ("one", "two")))
    assert [end.ended for end in found] == [Ended.TIMED_OUT] * 2


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["/nowhere/at-all"], id="missing"),
        pytest.param(["/etc/passwd"], id="no program"),
        pytest.param(["/usr/bin/env\x00", "x"], id="nul"),
        pytest.param(["/usr/bin/\ud800"], id="surrogate"),
        pytest.param(["/bin/echo", *["\N{GRINNING FACE}" * 500] * 80], id="long"),
        pytest.param(["/bin/echo", "\N{GRINNING FACE}" * 50_000], id="too long"),
    ],
)
def test_what_cannot_be_started_is_told(place: Path, argv: list[str]) -> None:
    found = confine(place / "job", "", argv=argv)
    started = argv[0] == "/bin/echo" and len(argv) > 2
    assert found.ended is (Ended.EXITED if started else Ended.FAILED_TO_START)
    assert started or "cannot start" in found.stderr_tail


def test_a_supervisor_that_cannot_begin_is_told_as_such(place: Path) -> None:
    found = confine(place / "job", "", environment={"a number": 7}, writable=[Path("/proc/1/fd/none")])
    assert (found.ended, found.exit_code) != (Ended.EXITED, 0)
    assert found.ended is Ended.FAILED_TO_START


def test_the_supervisor_loads_nothing_of_the_service() -> None:
    listed = sandbox.SUPERVISE.replace("import main; main()", "import sys; print(*sys.modules)")
    command = [sandbox.python(), "-I", "-S", "-B", "-c", listed, str(sandbox.ROOT)]
    told = subprocess.run(command, env=sandbox.libraries(), capture_output=True, check=True, text=True)
    loaded = set(told.stdout.split())
    own = {
        name.rpartition(".")[2] for name in loaded if name.startswith("chalicelib.") and name != "chalicelib"
    }
    assert own == {"sandbox", "supervisor", "namespaces", "landlock", "process_tree"}
    assert not {"boto3", "pydantic", "site"} & loaded
