"""How a run is shown: freshness is derived, and every reason reads as the design says it."""

from datetime import datetime, timedelta

import pytest

from chalicelib.operations.models.reconciliation import as_closed
from chalicelib.operations.models.status import (
    NEXT_STEPS,
    explain,
    freshness,
    matches,
    next_steps,
    queued_deadline,
    running_deadline,
    summarize,
    view,
)
from holdfast.api.codes import INVALID_REQUEST
from holdfast.api.operations import (
    CANCELLED,
    Failure,
    Freshness,
    Operation,
    OperationQuery,
    OperationStatus,
    Outcome,
    Reason,
    Result,
)
from holdfast.api.policy import LEASE_S, POLICIES, RENEWAL_S
from tests.support.factories import MOMENT, make_chain, make_operation, make_running

SKEW_S = 10  # two clocks, each five seconds off
POLICY = POLICIES[make_operation().type]
TEXTS = [
    (
        Reason.STALE_QUEUED,
        "run.stale_queued",
        "Run never started",
        "stayed queued past its window and was marked failed",
    ),
    (
        Reason.STALE_RUNNING,
        "run.stale_running",
        "Run stopped reporting progress",
        "stayed active past its window and was marked failed",
    ),
    (
        Reason.INFRASTRUCTURE,
        "run.infrastructure_timeout_or_abandonment",
        "Infrastructure ended the run",
        "the platform ended the worker before it could finish",
    ),
    (
        Reason.QUEUE_FAILURE,
        "run.queue_failure_bridge",
        "Queue failure was reconciled",
        "no worker could process its message and the run was marked failed",
    ),
    (
        Reason.OUT_OF_SYNC,
        "run.adapter_out_of_sync",
        "Reconciled from related records",
        "a related record was terminal before the run was",
    ),
]


def make_closed(reason: Reason, outcome: Outcome = Outcome.FAILED) -> Operation:
    result = Result(outcome=outcome)
    return as_closed(make_operation(), reason, source="test", evidence={}, result=result, at=MOMENT)


def make_ended(outcome: Outcome, *codes: str) -> Operation:
    failures = [Failure(code=code, message="so it is") for code in codes]
    return make_operation().as_completed(Result(outcome=outcome, failures=failures), at=MOMENT)


def later(seconds: float) -> datetime:
    return MOMENT + timedelta(seconds=seconds)


def test_the_table_of_texts_has_every_reason() -> None:
    assert {reason for reason, *_ in TEXTS} == set(Reason) == set(NEXT_STEPS)


@pytest.mark.parametrize(("reason", "code", "label", "words"), TEXTS)
def test_a_reason_reads_as_the_design_says(reason: Reason, code: str, label: str, words: str) -> None:
    shown = summarize(make_closed(reason), MOMENT)
    assert shown.reason.model_dump() == {"code": code, "label": label, "explanation": words}
    assert shown.freshness is Freshness.RECONCILED_FAILED
    assert shown.next_steps == [NEXT_STEPS[reason]]
    assert shown.reconciliation is not None
    assert shown.reconciliation.reason_message == f"{label}: {words}."


def test_a_run_that_followed_a_success_did_not_fail() -> None:
    assert freshness(make_closed(Reason.OUT_OF_SYNC, Outcome.SUCCEEDED), MOMENT) is Freshness.TERMINAL_NORMAL


@pytest.mark.parametrize(
    ("operation", "seconds", "expected"),
    [
        (make_operation(), 0, Freshness.FRESH_ACTIVE),
        (make_operation(), 299.9, Freshness.FRESH_ACTIVE),
        (make_operation(), 300, Freshness.LIKELY_STALE),
        (make_running(), LEASE_S - 1, Freshness.FRESH_ACTIVE),
        (make_running(), LEASE_S, Freshness.LIKELY_STALE),
        (make_operation(deadline_at=None), 0, Freshness.UNKNOWN),
        (make_running(deadline_at=None), 10_000, Freshness.UNKNOWN),
        (make_ended(Outcome.SUCCEEDED), 10_000, Freshness.TERMINAL_NORMAL),
        (make_ended(Outcome.FAILED), 0, Freshness.TERMINAL_NORMAL),
    ],
)
def test_freshness_follows_from_the_record_and_the_clock(
    operation: Operation, seconds: float, expected: Freshness
) -> None:
    assert freshness(operation, later(seconds)) is expected
    assert "freshness" not in operation.model_dump()


def test_a_silent_run_with_attempts_left_is_stuck_when_its_lease_is_over() -> None:
    run = make_running(attempt=1, lease_until=later(LEASE_S), attempt_started_at=MOMENT)
    assert running_deadline(run) == later(LEASE_S)


@pytest.mark.parametrize(("attempt", "given_out"), [(POLICY.max_attempts, None), (1, 1)])
def test_a_last_worker_that_stands_still_for_a_lease_just_when_a_renewal_was_due_is_left_alone(
    attempt: int, given_out: int | None
) -> None:
    silent = RENEWAL_S + LEASE_S
    run = make_running(
        attempt=attempt,
        redispatched_attempt=given_out,
        lease_until=later(LEASE_S),
        attempt_started_at=MOMENT,
    )
    deadline = running_deadline(run)
    assert deadline is not None
    assert deadline > later(silent + SKEW_S)


def test_no_attempt_is_believed_to_live_longer_than_any_worker_can() -> None:
    run = make_running(lease_until=later(10_000), attempt_started_at=MOMENT)
    assert running_deadline(run) == later(POLICY.running_stale_after)
    assert queued_deadline(make_operation().type, MOMENT) == later(POLICY.queued_stale_after)


@pytest.mark.parametrize("fresh", [Freshness.FRESH_ACTIVE, Freshness.LIKELY_STALE, Freshness.UNKNOWN])
@pytest.mark.parametrize("status", [OperationStatus.QUEUED, OperationStatus.RUNNING])
def test_an_active_run_says_what_is_believed_of_it_and_what_to_do(
    status: OperationStatus, fresh: Freshness
) -> None:
    operation = make_operation(status=status)
    shown = explain(operation, fresh)
    assert shown.code == f"run.{fresh}"
    assert shown.label
    assert shown.explanation
    (step,) = next_steps(operation, fresh)
    assert ("ops watch" in step) is (fresh is Freshness.FRESH_ACTIVE)


@pytest.mark.parametrize(
    ("operation", "code", "steps"),
    [
        (make_ended(Outcome.SUCCEEDED), "run.succeeded", []),
        (make_ended(Outcome.BLOCKED), "run.blocked", []),
        (
            make_ended(Outcome.FAILED, INVALID_REQUEST),
            "run.failed",
            ["Look up INVALID_REQUEST: GET /errors/INVALID_REQUEST."],
        ),
        (
            make_ended(Outcome.PARTIALLY_SUCCEEDED, "FILE_BAD"),
            "run.partially_succeeded",
            ["Read `failures`: each entry names one problem."],
        ),
        (make_ended(Outcome.FAILED, CANCELLED), "run.cancelled", []),
    ],
)
def test_a_run_that_ended_by_itself_says_what_came_of_it(
    operation: Operation, code: str, steps: list[str]
) -> None:
    shown = summarize(operation, MOMENT)
    assert (shown.reason.code, shown.next_steps) == (code, steps)


def test_a_view_tells_what_happened_in_order_and_not_the_hashes() -> None:
    shown = view(make_operation(), make_chain(3), MOMENT)
    assert [event.seq for event in shown.timeline] == [1, 2, 3]
    assert set(shown.timeline[0].model_dump()) == {"seq", "action", "actor", "at", "payload"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (OperationQuery(), True),
        (OperationQuery(status=OperationStatus.QUEUED), True),
        (OperationQuery(status=OperationStatus.RUNNING), False),
        (OperationQuery(outcome=Outcome.FAILED), False),
        (OperationQuery(freshness=Freshness.FRESH_ACTIVE), True),
        (OperationQuery(freshness=Freshness.LIKELY_STALE), False),
        (OperationQuery(tenant="north"), True),
        (OperationQuery(tenant="south"), False),
        (OperationQuery(active=True), True),
        (OperationQuery(active=False), False),
    ],
)
def test_a_list_shows_a_run_for_what_it_is_by_now(query: OperationQuery, *, expected: bool) -> None:
    assert matches(query, summarize(make_operation(tenant="north"), MOMENT)) is expected
