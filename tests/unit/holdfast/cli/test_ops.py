"""`holdfast ops …`: what runs, whether that can be believed, what to do."""

import json
from pathlib import Path

import pytest

from holdfast.api.operations import Failure, Outcome
from tests.support.fakes.api import FakeApi
from tests.support.fakes.operations import NOW, make_ended, make_operation, make_running
from tests.unit.holdfast.cli.conftest import Run

MISSING = Failure(code="INCOMPLETE_PACKAGE", message="1 file is missing")
PAST = NOW.replace(hour=8)

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture
def three(api: FakeApi) -> None:
    """A run inside its window, one that is silent, one that has failed."""
    api.operations.runs = {
        "op_3": [make_operation(id="op_3")],
        "op_2": [make_running(2, id="op_2", deadline_at=PAST)],
        "op_1": [make_ended(MISSING, outcome=Outcome.FAILED)],
    }


def fields(shown: str) -> dict[str, str]:
    """The `name  value` lines of what was shown."""
    return {
        name: value.strip()
        for name, _, value in (line.partition("  ") for line in shown.splitlines())
        if value
    }


@pytest.mark.usefixtures("three")
def test_list_tells_the_freshness_and_what_it_means(run: Run) -> None:
    rows = [line.split() for line in run("ops", "list").stdout.splitlines()]
    assert [row[0] for row in rows] == ["operation", "op_3", "op_2", "op_1"]
    assert rows[1][3:6] == ["queued", "fresh_active", "Queued"]
    assert rows[2][3:6] == ["running", "likely_stale", "Silent"]
    assert rows[3][3:6] == ["failed", "terminal_normal", "Failed"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--freshness", "likely_stale"], ["op_2"]),
        (["--active"], ["op_3", "op_2"]),
        (["--ended"], ["op_1"]),
        (["--outcome", "failed"], ["op_1"]),
        (["--status", "queued"], ["op_3"]),
        (["--type", "package.verify"], []),
        (["--limit", "2"], ["op_3", "op_2"]),
    ],
)
def test_list_filters(run: Run, filters: list[str], found: list[str]) -> None:
    told = json.loads(run("ops", "list", *filters, "--json").stdout)
    assert [item["id"] for item in told["items"]] == found


def test_list_refuses_a_filter_that_there_is_not(run: Run) -> None:
    ended = run("ops", "list", "--status", "lost")
    assert (ended.exit_code, ended.stderr.startswith("INVALID_REQUEST: --status must be ")) == (2, True)


@pytest.mark.usefixtures("three")
def test_show_tells_why_and_what_to_do_next(run: Run) -> None:
    ended = run("ops", "show", "op_1")
    shown = fields(ended.stdout)
    assert ended.exit_code == 0
    assert shown["status"] == "completed (terminal_normal)"
    assert shown["meaning"] == "Failed: its worker ended it as failed and said why"
    assert shown["failures"] == "INCOMPLETE_PACKAGE: 1 file is missing"
    assert "operations:run:queued" in ended.stdout


@pytest.mark.usefixtures("three")
def test_show_tells_how_far_a_running_one_is(run: Run) -> None:
    assert fields(run("ops", "show", "op_2").stdout)["progress"] == "2 of 5 files"


@pytest.mark.usefixtures("three")
def test_show_tells_scripts_everything(run: Run) -> None:
    told = json.loads(run("ops", "show", "op_1", "--json").stdout)
    assert (told["id"], told["outcome"], told["reason"]["code"]) == ("op_1", "failed", "run.failed")


def test_an_unknown_operation_ends_with_2(run: Run) -> None:
    ended = run("ops", "show", "op_none")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("NOT_FOUND: ")


def test_watch_tells_each_change_once_and_ends_with_0_when_it_succeeded(api: FakeApi, run: Run) -> None:
    api.operations.runs["op_1"] = [make_operation(), make_running(2), make_running(2), make_ended()]
    ended = run("ops", "watch", "op_1")
    assert ended.exit_code == 0
    assert ended.stderr.splitlines() == [
        "op_1 package.finalize: Queued (fresh_active)",
        "op_1 package.finalize: Running (fresh_active) 2 of 5 files",
        "op_1 package.finalize: Succeeded (terminal_normal)",
    ]
    assert fields(ended.stdout)["outcome"] == "succeeded"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.PARTIALLY_SUCCEEDED, Outcome.BLOCKED])
def test_watch_ends_with_1_when_it_ended_otherwise(api: FakeApi, run: Run, outcome: Outcome) -> None:
    api.operations.runs["op_1"] = [make_running(), make_ended(MISSING, outcome=outcome)]
    ended = run("ops", "watch", "op_1", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["outcome"]) == (1, outcome)


def test_summary_counts(run: Run) -> None:
    ended = run("ops", "summary")
    assert fields(ended.stdout)["queued"] == "2"
    assert ended.stdout.splitlines()[-1].split() == ["2026-03-14", "package.verify", "4"]
    assert ended.stderr == ""
    assert json.loads(run("ops", "summary", "--json").stdout)["by_freshness"] == {"fresh_active": 1}


@pytest.mark.usefixtures("three")
def test_summary_says_when_it_did_not_count_all(run: Run) -> None:
    assert "too many operations to count them all" in run("ops", "summary").stderr


def test_reconcile_can_only_say_what_it_would_do(api: FakeApi, run: Run) -> None:
    api.operations.stick(make_operation())
    shown = run("ops", "reconcile", "--dry-run").stdout.splitlines()
    assert shown[0] == "1 overdue: 1 would be ended, 0 would be sent again, 0 skipped"
    assert shown[-1].split() == ["op_1", "package.finalize", "close", "run.stale_queued"]
    assert len(api.operations.stuck) == 1


def test_reconcile_ends_what_is_overdue(api: FakeApi, run: Run) -> None:
    api.operations.stick(make_operation())
    assert run("ops", "reconcile", "--type", "package.verify").stdout.startswith("0 overdue: ")
    assert run("ops", "reconcile").stdout.startswith("1 overdue: 1 ended, ")
    assert json.loads(run("ops", "reconcile", "--json").stdout)["inspected"] == 0


def test_cancel_tells_whether_it_has_ended_or_will(api: FakeApi, run: Run) -> None:
    api.operations.runs = {"op_1": [make_operation()], "op_2": [make_running(id="op_2")]}
    assert run("ops", "cancel", "op_1").stdout == "op_1: cancelled\n"
    assert run("ops", "cancel", "op_2").stdout == "op_2: will stop at its next renewal (fresh_active)\n"
    assert json.loads(run("ops", "cancel", "op_2", "--json").stdout)["status"] == "running"


@pytest.mark.parametrize("content", [None, "no JSON", "[]", "{}"])
def test_check_lifecycle_refuses_what_is_no_template(run: Run, tmp_path: Path, content: str | None) -> None:
    template = tmp_path / "sam.json"
    if content is not None:
        template.write_text(content)
    ended = run("ops", "check-lifecycle", str(template))
    assert ended.exit_code == 2
    assert ended.stderr.startswith("NO_TEMPLATE: ")


def test_check_lifecycle_ends_with_1_and_says_each_broken_rule(run: Run, tmp_path: Path) -> None:
    template = tmp_path / "sam.json"
    template.write_text('{"Resources": {}}')
    ended = run("ops", "check-lifecycle", str(template))
    assert ended.exit_code == 1
    assert "package.verify: no queue packages is deployed." in ended.stdout.splitlines()
    told = json.loads(run("ops", "check-lifecycle", str(template), "--json").stdout)
    assert told["violations"] == ended.stdout.splitlines()
