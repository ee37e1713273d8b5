import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import httpx
import pytest

from tests.support.fakes.api import FakeApi
from tests.unit.holdfast.cli.conftest import Run

Make = Callable[[dict[str, bytes]], Path]
SAMPLE = Path(__file__).parents[4] / "examples" / "guide-board-cmis-run"
pytestmark = pytest.mark.usefixtures("service")
KIND = ("--kind", "nightly-run", "--producer", "nightly")


def test_the_package_id_stands_alone_on_the_last_line(run: Run, make_directory: Make) -> None:
    ended = run("ingest", str(make_directory({"a": b"1"})), *KIND)
    assert (ended.exit_code, ended.stdout.splitlines()[-1], ended.stderr) == (0, "pkg_1", "")


def test_json_is_one_line_with_what_scripts_need(run: Run, make_directory: Make) -> None:
    ended = run("ingest", str(make_directory({"a": b"1", "b": b"22"})), *KIND, "--json")
    assert len(ended.stdout.splitlines()) == 1
    told = json.loads(ended.stdout)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", told.pop("manifest_digest"))
    assert told == {
        "package_id": "pkg_1",
        "file_count": 2,
        "total_bytes": 3,
        "recognised": [],
        "warnings": [],
    }


def test_the_sample_run_needs_no_words(api: FakeApi, run: Run) -> None:
    told = json.loads(run("ingest", str(SAMPLE), "--json").stdout)
    package = api.packages["pkg_1"].shown()
    assert [found["adapter"] for found in told["recognised"]] == ["guide-board"]
    assert (package["kind"], package["producer"]) == ("guide-board-run", "guide-board")
    assert package["metadata"]["guide_board"]["run_id"] == package["name"]


def test_what_is_recognised_is_told_and_kept(api: FakeApi, run: Run, make_directory: Make) -> None:
    root = make_directory(
        {"junit.xml": b'<testsuite tests="7" failures="2" errors="0" skipped="1" time="3"/>'}
    )
    ended = run("ingest", str(root), "--producer", "nightly")
    told = "recognised JUnit XML: 1 report: suites 1, tests 7, failures 2, errors 0, skipped 1, time 3.0"
    assert ended.stdout.splitlines()[0] == told
    package = api.packages["pkg_1"].shown()
    assert (package["kind"], package["metadata"]["junit"]["totals"]["failures"]) == ("junit", 2)


def test_reports_do_not_say_who_made_them(run: Run, make_directory: Make) -> None:
    ended = run("ingest", str(make_directory({"junit.xml": b"<testsuites/>"})))
    assert (ended.exit_code, ended.stderr.splitlines()[-1]) == (2, "  next: Add --producer.")


def test_words_that_are_given_are_used(api: FakeApi, run: Run, make_directory: Make) -> None:
    root = str(make_directory({"a": b""}))
    run("ingest", root, *KIND, "--name", "n", "--retention", "transient", "--convention", "sealed")
    package = api.packages["pkg_1"].shown()
    assert [package[field] for field in ("name", "retention_class", "convention")] == [
        "n",
        "transient",
        "sealed",
    ]


def test_warnings_are_told_on_stderr_and_kept(api: FakeApi, run: Run, make_directory: Make) -> None:
    root = make_directory({"run.json": b"{}"})
    (root / "void").mkdir()
    ended = run("ingest", str(root))
    assert "warning: retention-summary.json is missing" in ended.stderr
    assert "warning: void/ is empty and cannot be kept" in ended.stderr
    assert "retention-summary.json is missing" in api.packages["pkg_1"].shown()["metadata"]["warnings"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ingest", "."), "NOT_RECOGNISED"),
        (("ingest", "nowhere", *KIND), "NOT_A_DIRECTORY"),
        (
            ("ingest", ".", "--kind", "No Slug", "--producer", "p"),
            "INVALID_REQUEST: --kind must have only lower-case letters",
        ),
        (("ingest", ".", *KIND, "--retention", "long"), "INVALID_REQUEST: --retention must be 'transient'"),
        (("ingest",), "INVALID_USAGE"),
        (("ingest", ".", *KIND, "--jobs", "0"), "INVALID_USAGE"),
    ],
)
def test_bad_input_ends_with_2_and_creates_nothing(
    api: FakeApi,
    run: Run,
    make_directory: Make,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(make_directory({"a": b""}))
    ended = run(*arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(told)
    assert "\n  next: " in ended.stderr or "NOT_A_DIRECTORY" in told or "INVALID_REQUEST" in told
    assert api.packages == {}


def test_a_failure_after_the_creation_says_how_to_go_on(api: FakeApi, run: Run, make_directory: Make) -> None:
    root = make_directory({"a": b"1", "it's": b"2"})
    api.interceptors.append(lambda _: httpx.Response(400) if api.store.puts else None)
    ended = run("ingest", str(root), *KIND, "--jobs", "1")
    assert (ended.exit_code, ended.stdout) == (3, "")
    assert "UPLOAD_REFUSED" in ended.stderr
    command = next(line for line in ended.stderr.splitlines() if "--resume" in line)
    assert "pkg_1" in ended.stderr
    api.interceptors.clear()
    resumed = run(*shlex.split(command)[1:])
    assert (resumed.exit_code, resumed.stdout.splitlines()[-1]) == (0, "pkg_1")


def test_the_way_on_repeats_the_flags_but_never_the_token(
    api: FakeApi, service: str, run: Run, make_directory: Make
) -> None:
    api.interceptors.append(lambda _: httpx.Response(400) if api.store.puts else None)
    root = make_directory({"a": b"1", "b": b"2"})
    ended = run("--url", service, "--workspace", "qa", "ingest", str(root), *KIND, "--jobs", "1")
    assert f"holdfast --url {service} --workspace qa ingest {root} --resume pkg_1" in ended.stderr
    assert "secret" not in ended.output


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What is started here can be interrupted, though a shell in the background ignores it for us."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_polite_kill_end_with_3_and_say_how_to_go_on(
    api: FakeApi, make_directory: Make, number: signal.Signals
) -> None:
    programs: Queue[int] = Queue()

    def press(request: httpx.Request) -> None:
        if request.url.path.endswith("/uploads"):
            os.kill(programs.get(timeout=60), number)

    api.interceptors.append(press)
    command = [sys.executable, "-m", "holdfast", "ingest", str(make_directory({"a": b"1"})), *KIND]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        programs.put(program.pid)
        out, err = program.communicate(timeout=60)
    assert (program.returncode, out) == (3, "")
    assert "ingest" in err
    assert "--resume pkg_1" in err
    assert err.splitlines()[-2].startswith("INTERRUPTED: ")


def test_a_service_that_is_away_ends_with_3(api: FakeApi, run: Run, make_directory: Make) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("away", request=request)

    api.interceptors.append(away)
    ended = run("ingest", str(make_directory({"a": b""})), *KIND)
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (3, "UNREACHABLE")


def test_no_bar_is_drawn_where_there_is_no_terminal(run: Run, make_directory: Make) -> None:
    ended = run("ingest", str(make_directory({"a": b"1" * 3_000_000})), *KIND)
    assert "\x1b" not in ended.output
    assert "\r" not in ended.output
