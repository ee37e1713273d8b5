import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.api.operations import Outcome
from tests.support.fakes.api import FakeApi
from tests.support.fakes.operations import make_ended, make_running
from tests.unit.holdfast.cli.conftest import Run

Make = Callable[[dict[str, bytes]], Path]
KIND = ("--kind", "junit", "--producer", "nightly")


@pytest.fixture
def kept(service: str, run: Run, make_directory: Make) -> str:  # noqa: ARG001  it must be there
    """A finalized package of three files."""
    return run(
        "ingest", str(make_directory({"a": b"1", "sub/b": b"22", "sub/c": b"3"})), *KIND
    ).stdout.split()[-1]


def test_show_tells_fields_line_by_line(run: Run, kept: str) -> None:
    lines = dict(line.split(maxsplit=1) for line in run("package", "show", kept).stdout.splitlines())
    assert (lines["id"], lines["status"], lines["kind"]) == (kept, "finalized", "junit")
    assert "failure" not in lines


def test_show_tells_scripts_everything(run: Run, kept: str) -> None:
    told = json.loads(run("package", "show", kept, "--json").stdout)
    assert (told["id"], told["failure"], told["holds"]) == (kept, None, [])


def test_list_shows_the_newest_first_and_at_most_the_limit(run: Run, kept: str, make_directory: Make) -> None:
    run("ingest", str(make_directory({})), *KIND)
    assert [line.split()[0] for line in run("package", "list").stdout.splitlines()] == [
        "package",
        "pkg_2",
        kept,
    ]
    told = json.loads(run("package", "list", "--limit", "1", "--json").stdout)
    assert [item["id"] for item in told["items"]] == ["pkg_2"]


@pytest.mark.usefixtures("kept")
def test_list_filters(run: Run) -> None:
    assert json.loads(run("package", "list", "--status", "failed", "--json").stdout) == {"items": []}
    ended = run("package", "list", "--status", "lost")
    assert (ended.exit_code, ended.stderr.startswith("INVALID_REQUEST: --status must be ")) == (2, True)


def test_files_are_listed_by_prefix_and_over_all_pages(run: Run, kept: str) -> None:
    assert len(json.loads(run("package", "files", kept, "--json").stdout)["items"]) == 3
    lines = run("package", "files", kept, "--prefix", "sub/").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["path", "sub/b", "sub/c"]
    assert hashlib.sha256(b"22").hexdigest() in lines[1]


def test_the_manifest_is_printed_byte_for_byte(api: FakeApi, run: Run, kept: str) -> None:
    body = run("package", "manifest", kept).stdout_bytes
    assert f"sha256:{hashlib.sha256(body).hexdigest()}" == api.packages[kept].shown()["manifest_digest"]


def test_events_are_listed(run: Run, kept: str) -> None:
    assert run("package", "events", kept).stdout.count("packages:files:planned") == 3
    assert len(json.loads(run("package", "events", kept, "--json").stdout)["items"]) == 3


def test_fail_gives_up_and_shows_it(run: Run, kept: str) -> None:
    told = json.loads(run("package", "fail", kept, "--reason", "lost power", "--json").stdout)
    assert (told["status"], told["failure"]["reason"]) == ("failed", "lost power")


def test_an_unknown_id_ends_with_2_and_says_what_to_do(service: str, run: Run) -> None:
    assert service
    ended = run("package", "show", "pkg_none")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("NOT_FOUND: ")
    assert "\n  next: Check the id" in ended.stderr


def test_names_from_elsewhere_cannot_steer_the_terminal(api: FakeApi, run: Run, kept: str) -> None:
    api.packages[kept].fields["name"] = "evil\x1b[2J[bold]name\nmore"
    for shown in (run("package", "list").stdout, run("package", "show", kept).stdout):
        assert "\x1b" not in shown
        assert "evil\N{REPLACEMENT CHARACTER}[2J[bold]name\N{REPLACEMENT CHARACTER}more" in shown


def test_verify_prints_the_operation_and_does_not_wait(api: FakeApi, run: Run, kept: str) -> None:
    assert run("package", "verify", kept).stdout == "op_1\n"
    assert api.operations.polls == 0


def test_verify_that_waits_names_the_files_that_are_not_right_and_ends_with_1(
    api: FakeApi, run: Run, kept: str
) -> None:
    bad = {"path": "sub/b", "verdict": "bad", "detail": "its SHA-256 is another"}
    api.operations.runs["op_1"] = [make_running(1), make_ended(outcome=Outcome.FAILED)]
    api.operations.verdicts = [{"path": "a", "verdict": "ok", "detail": None}, bad]
    ended = run("package", "verify", kept, "--wait")
    assert ended.exit_code == 1
    assert ended.stdout.splitlines()[1].split()[:2] == ["sub/b", "bad"]
    assert "\na " not in ended.stdout
    told = json.loads(run("package", "verify", kept, "--wait", "--json").stdout)
    assert told["verdicts"][1] == bad


def test_verify_that_waits_ends_with_0_when_all_is_right(run: Run, kept: str) -> None:
    ended = run("package", "verify", kept, "--wait")
    assert (ended.exit_code, ended.stdout) == (0, "op_1\n")
