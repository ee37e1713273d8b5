"""How a run is shown, the same on every face; pure (docs/concepts/operations.md).

How a run is shown. Freshness is derived from the record and the clock, never stored.

Every face (API, command line, screens) takes freshness, label, explanation and next step from
here, so a run that was ended from outside never reads like one that ended by itself, and nothing
is ever called running without saying whether that can be believed.
"""

from datetime import datetime, timedelta
from typing import Any

from holdfast.api.audit import Event
from holdfast.api.codes import catalogue
from holdfast.api.operations import (
    CANCELLED,
    Explanation,
    Freshness,
    Operation,
    OperationQuery,
    OperationStatus,
    OperationSummary,
    OperationType,
    OperationView,
    Outcome,
    Reason,
    TimelineEvent,
)
from holdfast.api.policy import MARGIN_S, POLICIES, RENEWAL_S

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.STALE_QUEUED: (
        "Run never started",
        "stayed queued past its window and was marked failed",
    ),
    Reason.STALE_RUNNING: (
        "Run stopped reporting progress",
        "stayed active past its window and was marked failed",
    ),
    Reason.INFRASTRUCTURE: (
        "Infrastructure ended the run",
        "the platform ended the worker before it could finish",
    ),
    Reason.QUEUE_FAILURE: (
        "Queue failure was reconciled",
        "the queue gave up on the message and the run was marked failed",
    ),
    Reason.OUT_OF_SYNC: (
        "Reconciled from related records",
        "a related record was terminal before the run was",
    ),
}

NEXT_STEPS: dict[Reason, str] = {
    Reason.STALE_QUEUED: "Start the work again; queued too long again, look at the queue's alarms.",
    Reason.STALE_RUNNING: "Start the work again; what it stored before is kept and not done twice.",
    Reason.INFRASTRUCTURE: "Start the work again; ended again, it is too long for one worker.",
    Reason.QUEUE_FAILURE: "Look at the evidence (`holdfast ops show`), mend its cause, start it again.",
    Reason.OUT_OF_SYNC: "Nothing to do: the related record says what came of it.",
}


def freshness(operation: Operation, now: datetime) -> Freshness:
    """Whether the run can be believed to be alive at `now`."""
    if not operation.active:
        forced = operation.reconciliation is not None and operation.outcome is Outcome.FAILED
        return Freshness.RECONCILED_FAILED if forced else Freshness.TERMINAL_NORMAL
    if operation.deadline_at is None:
        return Freshness.UNKNOWN
    return Freshness.FRESH_ACTIVE if now < operation.deadline_at else Freshness.LIKELY_STALE


def explain(operation: Operation, fresh: Freshness) -> Explanation:
    """What the state of the run means, in words for people."""
    if operation.reconciliation:
        label, words = REASONS[operation.reconciliation.reason_code]
        return Explanation(code=operation.reconciliation.reason_code, label=label, explanation=words)
    if not operation.active:
        return _ended(operation)
    label, words = _ACTIVE[operation.status, fresh]
    return Explanation(code=f"run.{fresh}", label=label, explanation=words)


def next_steps(operation: Operation, fresh: Freshness) -> list[str]:
    """What the reader can do now; empty when there is nothing to do."""
    if operation.reconciliation:
        return [NEXT_STEPS[operation.reconciliation.reason_code]]
    if fresh is Freshness.FRESH_ACTIVE:
        return [f"Follow it: `holdfast ops watch {operation.id}`."]
    if fresh in (Freshness.LIKELY_STALE, Freshness.UNKNOWN):
        return ["Wait for the next sweep, within a minute, or run `holdfast ops reconcile --dry-run`."]
    if not operation.failures or operation.failures[0].code == CANCELLED:
        return []
    code = operation.failures[0].code
    if code in catalogue:
        return [f"Look up {code}: GET /errors/{code}."]
    return ["Read `failures`: each entry says what is not right."]


def matches(query: OperationQuery, shown: OperationSummary) -> bool:
    """Whether the run, as it is by now, is one that `query` asks for."""
    named = query.model_dump(exclude={"active", "limit", "cursor"}, exclude_none=True)
    asked = all(getattr(shown, name) == value for name, value in named.items())
    return asked and query.active in (None, shown.active)


def summarize(operation: Operation, now: datetime) -> OperationSummary:
    """The run as lists show it at `now`."""
    return OperationSummary(**_shown(operation, now))


def view(operation: Operation, events: list[Event], now: datetime) -> OperationView:
    """The run as it is shown at `now`, with its timeline."""
    timeline = [
        TimelineEvent(**event.model_dump(include=set(TimelineEvent.model_fields))) for event in events
    ]
    return OperationView(**_shown(operation, now), timeline=timeline)


def queued_deadline(kind: OperationType, now: datetime) -> datetime:
    """When a run that is queued at `now` counts as stuck."""
    return now + timedelta(seconds=POLICIES[kind].queued_stale_after)


def running_deadline(operation: Operation) -> datetime | None:
    """When a running attempt counts as stuck: its lease is over, or it runs longer than any worker can.

    A silent run is given out again as soon as its lease is over: if its worker only stood still, the
    fence keeps it from doing harm. Where the run would end instead, it is left alone for longer: a
    worker may stand still for a whole lease just when a renewal was due, and clocks differ.
    """
    if operation.lease_until is None or operation.attempt_started_at is None:
        return None
    policy = POLICIES[operation.type]
    last = operation.attempt >= policy.max_attempts or operation.redispatched_attempt == operation.attempt
    patience = timedelta(seconds=RENEWAL_S + MARGIN_S if last else 0)
    longest = operation.attempt_started_at + timedelta(seconds=policy.running_stale_after)
    return min(operation.lease_until + patience, longest)


_ACTIVE = {
    (OperationStatus.QUEUED, Freshness.FRESH_ACTIVE): ("Queued", "waits for a worker, within its window"),
    (OperationStatus.QUEUED, Freshness.LIKELY_STALE): (
        "Queued too long",
        "no worker took it within its window",
    ),
    (OperationStatus.QUEUED, Freshness.UNKNOWN): ("Queued", "nothing says by when a worker must take it"),
    (OperationStatus.RUNNING, Freshness.FRESH_ACTIVE): (
        "Running",
        "its worker reports, or another is about to take it, within its window",
    ),
    (OperationStatus.RUNNING, Freshness.LIKELY_STALE): (
        "Silent",
        "no worker has reported within its window",
    ),
    (OperationStatus.RUNNING, Freshness.UNKNOWN): (
        "Running, unproven",
        "nothing says whether its worker lives",
    ),
}


def _ended(operation: Operation) -> Explanation:
    words = {
        Outcome.SUCCEEDED: ("Succeeded", "the worker finished all of it"),
        Outcome.PARTIALLY_SUCCEEDED: ("Partly succeeded", "the worker finished, and some of it is not right"),
        Outcome.BLOCKED: ("Blocked", "the worker finished, and a rule forbids to go on"),
        Outcome.FAILED: ("Failed", "its worker ended it as failed and said why"),
        Outcome.PENDING: ("Ended", "it ended without saying what came of it"),
    }
    if any(failure.code == CANCELLED for failure in operation.failures):
        return Explanation(code="run.cancelled", label="Cancelled", explanation="somebody asked to end it")
    label, explained = words[operation.outcome]
    return Explanation(code=f"run.{operation.outcome}", label=label, explanation=explained)


def _shown(operation: Operation, now: datetime) -> dict[str, Any]:
    fresh = freshness(operation, now)
    derived = {"reason": explain(operation, fresh), "next_steps": next_steps(operation, fresh)}
    return {**operation.model_dump(), "freshness": fresh, **derived}
