"""A run that was ended from outside reads differently from one that failed by itself, and says what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.operations.models.reconciliation import SOURCE, as_closed, failure_of
from chalicelib.operations.models.status import NEXT_STEPS, REASONS
from holdfast.api.operations import Failure, LateResult, Operation, Outcome, Reason, Result
from tests.support.fakes.api import FakeApi
from tests.support.fakes.operations import NOW, make_ended, make_operation
from tests.unit.holdfast.cli.conftest import Run

Make = Callable[[dict[str, bytes]], Path]
KIND = ("--kind", "junit", "--producer", "nightly")
EVIDENCE = {"attempts": 0, "truth_path": "deadline-index"}
REFUSED = Failure(code="INVALID_STATE", message="The package is failed.")

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture
def package_id(run: Run, make_directory: Make) -> str:
    """A finalized package."""
    return run("ingest", str(make_directory({"a": b"1"})), *KIND).stdout.split()[-1]


def make_forced(reason: Reason) -> Operation:
    """A run that was ended from outside."""
    result = Result(outcome=Outcome.FAILED, failures=[failure_of(reason)])
    return as_closed(make_operation(), reason, source=SOURCE, evidence=EVIDENCE, result=result, at=NOW)


@pytest.mark.parametrize("reason", Reason)
def test_show_tells_the_reason_the_evidence_and_the_next_step(api: FakeApi, run: Run, reason: Reason) -> None:
    api.operations.runs["op_1"] = [make_forced(reason)]
    label, explanation = REASONS[reason]
    shown = run("ops", "show", "op_1").stdout
    assert "completed (reconciled_failed)" in shown
    assert f"{label}: {explanation}\n" in shown
    assert NEXT_STEPS[reason] in shown
    assert '"truth_path":"deadline-index"' in shown


def test_show_tells_of_a_result_that_came_too_late(api: FakeApi, run: Run) -> None:
    late = LateResult(outcome=Outcome.SUCCEEDED, arrived_at=NOW, fence=1)
    forced = make_forced(Reason.STALE_RUNNING).model_copy(update={"late_result": late})
    api.operations.runs["op_1"] = [forced]
    assert "late result  succeeded\n" in run("ops", "show", "op_1").stdout


def test_a_verification_that_was_ended_from_outside_says_so_and_what_to_do(
    api: FakeApi, run: Run, package_id: str
) -> None:
    api.operations.runs["op_1"] = [make_forced(Reason.STALE_QUEUED)]
    ended = run("package", "verify", package_id, "--wait")
    assert (ended.exit_code, ended.stdout.splitlines()[-1]) == (1, "op_1")
    said = ended.stderr.splitlines()[-2:]
    assert said[0].startswith("run.stale_queued: Run never started: ")
    assert said[1] == f"  next: {NEXT_STEPS[Reason.STALE_QUEUED]}"
    told = json.loads(run("package", "verify", package_id, "--wait", "--json").stdout)
    assert (told["outcome"], told["freshness"]) == ("failed", "reconciled_failed")
    assert told["reconciliation"]["evidence"] == EVIDENCE


def test_a_verification_that_could_not_be_done_says_why(api: FakeApi, run: Run, package_id: str) -> None:
    api.operations.runs["op_1"] = [make_ended(REFUSED, outcome=Outcome.FAILED)]
    ended = run("package", "verify", package_id, "--wait")
    assert ended.exit_code == 1
    assert ended.stdout.splitlines() == ["INVALID_STATE  The package is failed.", "op_1"]
    assert "run.failed: Failed: " in ended.stderr


def test_sealing_that_was_ended_from_outside_says_what_to_do(
    api: FakeApi, run: Run, make_directory: Make
) -> None:
    api.queued = True
    api.operations.runs["op_1"] = [make_forced(Reason.QUEUE_FAILURE)]
    ended = run("ingest", str(make_directory({"a": b"1"})), *KIND)
    assert ended.exit_code == 3
    assert "Queue failure was reconciled" in ended.stderr
    assert NEXT_STEPS[Reason.QUEUE_FAILURE] in ended.stderr


def test_to_cancel_what_has_ended_says_that_it_had(api: FakeApi, run: Run) -> None:
    api.operations.runs["op_1"] = [make_ended()]
    assert run("ops", "cancel", "op_1").stdout == "op_1: has ended already: succeeded\n"


def test_what_is_not_there_is_looked_for_among_operations_too(run: Run) -> None:
    assert "holdfast ops list" in run("ops", "show", "op_none").stderr


def test_list_filters_by_tenant(api: FakeApi, run: Run) -> None:
    api.operations.runs["op_2"] = [make_operation(id="op_2", tenant="north")]
    told = json.loads(run("ops", "list", "--tenant", "north", "--json").stdout)
    assert [item["id"] for item in told["items"]] == ["op_2"]
