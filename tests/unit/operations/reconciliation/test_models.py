"""What the reconciler decides: a table of runs, what is done to each, and why."""

from datetime import timedelta

import pytest

from chalicelib.operations.models.claim import as_released, claimable
from chalicelib.operations.models.operation import Message
from chalicelib.operations.models.reconciliation import (
    Verb,
    as_closed,
    as_redispatched,
    decide,
    failure_of,
    is_given_up,
)
from holdfast.api.operations import Operation, OperationStatus, Outcome, Reason, Result
from holdfast.api.policy import LEASE_S, POLICIES
from tests.support.factories import MOMENT, make_operation, make_running

LAST = POLICIES[make_operation().type].max_attempts
LONG_AFTER = MOMENT + timedelta(days=1)
SUCCEEDED = Result(outcome=Outcome.SUCCEEDED)
ENDED = make_operation().as_completed(SUCCEEDED, at=MOMENT)
CASES = [
    ("queued too long", make_operation(), None, Verb.CLOSE, Reason.STALE_QUEUED),
    ("silent", make_running(), None, Verb.REDISPATCH, None),
    ("silent at the attempt before the last", make_running(attempt=LAST - 1), None, Verb.REDISPATCH, None),
    ("silent at the last attempt", make_running(attempt=LAST), None, Verb.CLOSE, Reason.STALE_RUNNING),
    (
        "given out again and not taken",
        make_running(redispatched_attempt=1),
        None,
        Verb.CLOSE,
        Reason.STALE_RUNNING,
    ),
    (
        "taken since it was given out",
        make_running(attempt=2, redispatched_attempt=1),
        None,
        Verb.REDISPATCH,
        None,
    ),
    ("given back and not taken", as_released(make_running(), MOMENT), None, Verb.REDISPATCH, None),
    ("queued, its record terminal", make_operation(), SUCCEEDED, Verb.FOLLOW, Reason.OUT_OF_SYNC),
    ("silent, its record terminal", make_running(), SUCCEEDED, Verb.FOLLOW, Reason.OUT_OF_SYNC),
    (
        "silent at the last attempt, its record terminal",
        make_running(attempt=LAST),
        SUCCEEDED,
        Verb.FOLLOW,
        Reason.OUT_OF_SYNC,
    ),
]


@pytest.mark.parametrize(
    ("operation", "related", "verb", "reason"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_an_overdue_run_is_given_out_again_or_ended_or_follows_its_record(
    operation: Operation, related: Result | None, verb: Verb, reason: Reason | None
) -> None:
    step = decide(operation, LONG_AFTER, related=related)
    assert step is not None
    assert (step.verb, step.reason) == (verb, reason)


@pytest.mark.parametrize("related", [None, SUCCEEDED], ids=["", "record terminal"])
@pytest.mark.parametrize("operation", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_a_run_inside_its_window_is_never_touched(operation: Operation, related: Result | None) -> None:
    assert operation.deadline_at is not None
    just_before = operation.deadline_at - timedelta(microseconds=1)
    assert decide(operation, just_before, related=related) is None
    assert decide(operation, operation.deadline_at, related=related) is not None


@pytest.mark.parametrize(
    "operation", [ENDED, make_operation(deadline_at=None)], ids=["over", "without a deadline"]
)
def test_a_run_that_nothing_is_due_of_is_never_touched(operation: Operation) -> None:
    assert decide(operation, LONG_AFTER, related=SUCCEEDED) is None


def test_the_evidence_says_what_was_seen() -> None:
    step = decide(make_running(attempt=LAST), LONG_AFTER, related=None)
    assert step is not None
    assert step.evidence == {
        "evaluated_at": "2026-03-15T15:09:26.535898Z",
        "freshness": "likely_stale",
        "threshold": "2026-03-14T15:11:56.535898Z",
        "reference_time": "2026-03-14T15:09:26.535898Z",
        "last_lease": "2026-03-14T15:10:56.535898Z",
        "attempts": LAST,
        "truth_path": "deadline-index",
    }


def test_the_evidence_of_a_run_that_follows_names_the_related_record() -> None:
    step = decide(make_running(), LONG_AFTER, related=SUCCEEDED)
    assert step is not None
    assert step.evidence["truth_path"] == "related-record"


def test_a_run_that_is_given_out_again_may_be_taken_and_is_due_again() -> None:
    again = as_redispatched(make_running(attempt=2), LONG_AFTER)
    assert (again.status, again.redispatched_attempt) == (OperationStatus.RUNNING, 2)
    assert claimable(again, LONG_AFTER - timedelta(seconds=5))  # the next worker's clock may be behind
    assert again.deadline_at is not None
    assert again.deadline_at > LONG_AFTER


@pytest.mark.parametrize("reason", Reason)
def test_an_end_from_outside_says_why_by_whom_and_on_what_evidence(reason: Reason) -> None:
    result = Result(outcome=Outcome.FAILED, failures=[failure_of(reason)])
    ended = as_closed(
        make_running(), reason, source="reconciler", evidence={"seen": 1}, result=result, at=LONG_AFTER
    )
    assert ended.reconciliation is not None
    assert ended.reconciliation.model_dump(exclude={"reason_message"}) == {
        "reconciled_at": LONG_AFTER,
        "kind": reason.removeprefix("run."),
        "reason_code": reason,
        "source": "reconciler",
        "evidence": {"seen": 1},
    }
    assert ended.failures[0].code == reason
    assert ended.failures[0].message == ended.reconciliation.reason_message


@pytest.mark.parametrize(
    ("operation", "attempt", "expected"),
    [
        (make_operation(), 0, True),
        (make_running(), 0, True),
        (as_released(make_running(), MOMENT), 0, True),
        (make_running(redispatched_attempt=1), 1, True),
        (make_running(redispatched_attempt=1), 0, False),
        (make_running(attempt=3, redispatched_attempt=2), 1, False),
        (ENDED, 0, False),
    ],
)
def test_a_run_ends_with_its_last_message_and_not_with_one_before(
    operation: Operation, attempt: int, *, expected: bool
) -> None:
    message = Message(workspace="acme", operation_id=operation.id, attempt=attempt)
    assert is_given_up(operation, message, LONG_AFTER) is expected


def test_a_run_whose_worker_holds_its_lease_does_not_end_with_a_message() -> None:
    message = Message(workspace="acme", operation_id="op_1")
    lease = timedelta(seconds=LEASE_S)
    assert not is_given_up(make_running(), message, MOMENT + lease - timedelta(microseconds=1))
    assert is_given_up(make_running(), message, MOMENT + lease)
