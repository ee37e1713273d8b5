"""A run whose related record is terminal follows it, and a record that fails holds up no other run."""

from collections.abc import Callable

import pytest

from chalicelib import wiring
from chalicelib.core.errors import Unavailable, not_found
from holdfast.api.codes import UNAVAILABLE
from holdfast.api.operations import Failure, Operation, Outcome, Reason, Result
from tests.support.faults.truths import broken, lost
from tests.support.faults.world import KIND, World
from tests.support.operations.stuck import overdue, queue

Truth = Callable[[Operation], Result | None]
SUCCEEDED = Result(outcome=Outcome.SUCCEEDED)


class Record:
    """What a related record says; a test sets `truth`."""

    truth: Truth = staticmethod(lambda _: None)


def said(operation: Operation) -> Result | None:
    """Answer as `Record` is told to."""
    return Record.truth(operation)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> type[Record]:
    """A record whose truth runs of KIND follow."""
    monkeypatch.setitem(wiring.TRUTHS, KIND, f"{__name__}:said")
    monkeypatch.setattr(Record, "truth", Record.truth)
    return Record


def test_a_related_record_that_fails_holds_up_no_other(world: World, record: type[Record]) -> None:
    def fails(operation: Operation) -> Result | None:
        if operation.subject.id == "pkg_1":
            raise ZeroDivisionError
        return None

    record.truth = fails
    queue(world, "pkg_1")
    queue(world, "pkg_2")
    overdue(world)
    found = world.sweep()
    assert (found.reconciled, found.skipped) == (1, 1)


def test_a_run_whose_record_does_not_answer_now_waits_for_the_next_sweep(
    world: World, record: type[Record]
) -> None:
    def unavailable(_: Operation) -> Result | None:
        raise Unavailable(UNAVAILABLE, "It does not answer.")

    record.truth = unavailable
    queue(world)
    overdue(world)
    assert world.sweep().skipped == 1
    record.truth = lambda _: SUCCEEDED
    assert world.sweep().reconciled == 1
    assert world.operations()[0].outcome is Outcome.SUCCEEDED


def test_a_run_whose_record_is_gone_ends_all_the_same(world: World, record: type[Record]) -> None:
    def gone(_: Operation) -> Result | None:
        raise not_found()

    record.truth = gone
    queue(world)
    overdue(world)
    assert world.sweep().reconciled == 1
    assert lost(world) == []


def test_a_run_whose_record_is_terminal_follows_it(world: World, record: type[Record]) -> None:
    failed = Result(outcome=Outcome.FAILED, failures=[Failure(code="GIVEN_UP", message="It failed.")])
    record.truth = lambda operation: SUCCEEDED if operation.subject.id == "pkg_1" else failed
    well, ill = queue(world, "pkg_1").id, queue(world, "pkg_2").id
    overdue(world)
    world.sweep()
    assert (world.operation(well).outcome, world.operation(ill).outcome) == (
        Outcome.SUCCEEDED,
        Outcome.FAILED,
    )
    for run in (well, ill):
        reconciliation = world.operation(run).reconciliation
        assert reconciliation is not None
        assert reconciliation.reason_code is Reason.OUT_OF_SYNC
        assert reconciliation.evidence["truth_path"] == "related-record"
    assert broken(world) == []
