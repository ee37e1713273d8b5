"""When a run may be claimed, and what each thing that a claim does makes of it."""

from datetime import timedelta

import pytest

from chalicelib.operations.models.claim import (
    as_claimed,
    as_released,
    attempts_left,
    claimable,
    with_late_result,
    with_renewed_lease,
)
from holdfast.api.operations import Operation, OperationStatus, Outcome, Result
from holdfast.api.policy import LEASE_S, POLICIES
from tests.support.factories import MOMENT, make_operation, make_running

LEASE = timedelta(seconds=LEASE_S)
MOMENT_LATER = MOMENT + timedelta(seconds=45)
LAST = POLICIES[make_operation().type].max_attempts
ENDED = make_operation().as_completed(Result(outcome=Outcome.SUCCEEDED), at=MOMENT)


@pytest.mark.parametrize(
    ("operation", "after", "expected"),
    [
        (make_operation(), timedelta(0), True),
        (make_operation(), timedelta(days=1), True),
        (make_running(), timedelta(0), False),
        (make_running(), LEASE - timedelta(microseconds=1), False),
        (make_running(), LEASE, True),
        (make_running(attempt=LAST - 1), LEASE, True),
        (make_running(attempt=LAST), LEASE, False),
        (make_running(lease_until=None), timedelta(seconds=-5), True),
        (make_running(attempt=LAST, lease_until=None), LEASE, False),
        (ENDED, LEASE, False),
    ],
)
def test_a_run_may_be_taken_when_it_is_queued_or_its_lease_is_over_and_attempts_are_left(
    operation: Operation, after: timedelta, *, expected: bool
) -> None:
    assert claimable(operation, MOMENT + after) is expected


def test_a_claim_counts_the_attempt_and_hands_out_a_new_fence_and_lease() -> None:
    first = as_claimed(make_operation(), MOMENT)
    assert (first.status, first.attempt, first.fence) == (OperationStatus.RUNNING, 1, 1)
    assert (first.started_at, first.attempt_started_at) == (MOMENT, MOMENT)
    assert first.lease_until == MOMENT + LEASE
    second = as_claimed(first, MOMENT_LATER)
    assert (second.attempt, second.fence) == (2, 2)
    assert (second.started_at, second.attempt_started_at) == (MOMENT, MOMENT_LATER)


def test_a_renewal_moves_the_lease_and_the_deadline_and_nothing_else() -> None:
    before = make_running()
    after = with_renewed_lease(before, MOMENT_LATER)
    assert after.lease_until == MOMENT_LATER + LEASE
    assert after.deadline_at is not None
    assert before.deadline_at is not None
    assert after.deadline_at > before.deadline_at
    moved = {"lease_until", "deadline_at"}
    assert after.model_dump(exclude=moved) == before.model_dump(exclude=moved)


def test_a_run_that_is_given_back_may_be_taken_at_once() -> None:
    given = as_released(make_running(), MOMENT_LATER)
    assert claimable(given, MOMENT_LATER - timedelta(seconds=5))  # the next worker's clock may be behind
    assert given.deadline_at is not None
    assert given.deadline_at > MOMENT_LATER


def test_the_policy_says_how_many_attempts_there_are() -> None:
    assert [attempts_left(make_running(attempt=attempt)) for attempt in range(1, LAST + 1)] == [
        *[True] * (LAST - 1),
        False,
    ]


def test_a_late_result_is_kept_beside_what_the_run_came_to() -> None:
    late = make_running(attempt=2).as_completed(Result(outcome=Outcome.FAILED), at=MOMENT)
    kept = with_late_result(ENDED, late, MOMENT_LATER)
    assert kept.late_result is not None
    assert (kept.late_result.outcome, kept.late_result.fence) == (Outcome.FAILED, 2)
    assert kept.late_result.arrived_at == MOMENT_LATER
    assert kept.model_dump(exclude={"late_result"}) == ENDED.model_dump(exclude={"late_result"})
