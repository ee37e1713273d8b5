"""The lifecycle of a run: three statuses, and no way back."""

import pytest
from pydantic import ValidationError

from chalicelib.operations.models.operation import Message
from holdfast.api.operations import MAX_FAILURES, MOVES, Counter, Failure, OperationStatus, Outcome, Result
from tests.support.factories import MOMENT, make_operation

STATUSES = list(OperationStatus)


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_run_moves_as_the_lifecycle_says_and_in_no_other_way(
    before: OperationStatus, after: OperationStatus
) -> None:
    operation = make_operation(status=before)
    if after in MOVES[before]:
        assert operation.with_status(after).status is after
    else:
        with pytest.raises(ValueError, match=f"never moves from {before} to {after}"):
            operation.with_status(after)


def test_a_completed_run_never_changes_again() -> None:
    assert MOVES[OperationStatus.COMPLETED] == frozenset()


def test_an_end_leaves_nothing_due_and_says_what_came_of_it() -> None:
    result = Result(outcome=Outcome.SUCCEEDED, summary_counts={Counter.FILES: 3})
    ended = make_operation(lease_until=MOMENT).as_completed(result, at=MOMENT)
    assert (ended.outcome, ended.summary_counts) == (Outcome.SUCCEEDED, {Counter.FILES: 3})
    assert (ended.completed_at, ended.deadline_at, ended.lease_until) == (MOMENT, None, None)
    assert not ended.active


def test_counts_that_were_known_before_an_end_without_counts_are_kept() -> None:
    counted = make_operation(summary_counts={Counter.OK: 7})
    assert counted.as_completed(Result(outcome=Outcome.FAILED), at=MOMENT).summary_counts == {Counter.OK: 7}


def test_a_result_counts_only_what_the_catalogue_knows() -> None:
    with pytest.raises(ValidationError):
        Result.model_validate({"outcome": "succeeded", "summary_counts": {"nonsense": 1}})


def test_a_result_names_at_most_a_hundred_failures() -> None:
    failures = [Failure(code="BAD", message="bad")] * (MAX_FAILURES + 1)
    with pytest.raises(ValidationError):
        Result(outcome=Outcome.FAILED, failures=failures)


@pytest.mark.parametrize("field", ["workspace", "operation_id"])
@pytest.mark.parametrize("value", ["", "x" * 2_000])
def test_a_message_that_no_key_could_be_made_of_is_none_of_ours(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Message.model_validate({"workspace": "acme", "operation_id": "op_1"} | {field: value})
