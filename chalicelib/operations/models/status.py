"""The status of a run as people see it; pure (docs/concepts/operations.md).

The API, the command line and the web pages take freshness, label, explanation and next step from
here. So a run that the reconciler ended never looks like a run that ended by itself. A run that is
called running always says whether its worker still reports. Freshness follows from the record and
the clock; no record stores it.
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
        "no worker could process its message and the run was marked failed",
    ),
    Reason.OUT_OF_SYNC: (
        "Reconciled from related records",
        "a related record was terminal before the run was",
    ),
}

NEXT_STEPS: dict[Reason, str] = {
    Reason.STALE_QUEUED: "Start the work again. If it stays queued again, look at the queue's alarms.",
    Reason.STALE_RUNNING: "Start the work again. Results that were stored before are kept.",
    Reason.INFRASTRUCTURE: "Start the work again. If it ends so again, it is too long for one worker.",
    Reason.QUEUE_FAILURE: "Look at the evidence (`holdfast ops show`), fix the cause, start the work again.",
    Reason.OUT_OF_SYNC: "Nothing to do: the related record has the result.",
}


def freshness(operation: Operation, now: datetime) -> Freshness:
    """Return whether the record of the run can be believed at `now`."""
    if not operation.active:
        forced = operation.reconciliation is not None and operation.outcome is Outcome.FAILED
        return Freshness.RECONCILED_FAILED if forced else Freshness.TERMINAL_NORMAL
    if operation.deadline_at is None:
        return Freshness.UNKNOWN
    return Freshness.FRESH_ACTIVE if now < operation.deadline_at else Freshness.LIKELY_STALE


def explain(operation: Operation, fresh: Freshness) -> Explanation:
    """Return the meaning of the run's state, in words for people."""
    if operation.reconciliation:
        label, words = REASONS[operation.reconciliation.reason_code]
        return Explanation(code=operation.reconciliation.reason_code, label=label, explanation=words)
    if not operation.active:
        return _ended(operation)
    label, words = _ACTIVE[operation.status, fresh]
    return Explanation(code=f"run.{fresh}", label=label, explanation=words)


def next_steps(operation: Operation, fresh: Freshness) -> list[str]:
    """Return the sentences that say what the reader can do now; empty when there is nothing to do."""
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
    return ["Read `failures`: each entry names one problem."]


def matches(query: OperationQuery, shown: OperationSummary) -> bool:
    """Return whether the run, as it is now, matches `query`."""
    named = query.model_dump(exclude={"active", "limit", "cursor"}, exclude_none=True)
    asked = all(getattr(shown, name) == value for name, value in named.items())
    return asked and query.active in (None, shown.active)


def summarize(operation: Operation, now: datetime) -> OperationSummary:
    """Return the run as lists show it at `now`."""
    return OperationSummary(**_shown(operation, now))


def view(operation: Operation, events: list[Event], now: datetime) -> OperationView:
    """Return the run as one page shows it at `now`, with its events as a timeline."""
    timeline = [
        TimelineEvent(**event.model_dump(include=set(TimelineEvent.model_fields))) for event in events
    ]
    return OperationView(**_shown(operation, now), timeline=timeline)


def queued_deadline(kind: OperationType, now: datetime) -> datetime:
    """Return the moment from which a run that is queued at `now` counts as stuck."""
    return now + timedelta(seconds=POLICIES[kind].queued_stale_after)


def running_deadline(operation: Operation) -> datetime | None:
    """Return the moment from which a running attempt counts as stuck; None when no worker holds the run.

    It counts as stuck when its lease has run out, or when it runs longer than any worker can.
    """
    if operation.lease_until is None or operation.attempt_started_at is None:
        return None
    policy = POLICIES[operation.type]
    # A silent run goes to another worker as soon as its lease is over. If its own worker only stood
    # still, the fence keeps that worker from doing harm. The last attempt has longer, because the run
    # would end: a worker may stand still for a whole lease just when a renewal was due, and clocks differ.
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
        Outcome.PARTIALLY_SUCCEEDED: (
            "Partly succeeded",
            "the worker finished, and found problems in a part of it",
        ),
        Outcome.BLOCKED: ("Blocked", "the worker finished, and a rule does not allow the next step"),
        Outcome.FAILED: ("Failed", "its worker ended it as failed and gave the reason"),
        Outcome.PENDING: ("Ended", "it ended without a result"),
    }
    if any(failure.code == CANCELLED for failure in operation.failures):
        return Explanation(code="run.cancelled", label="Cancelled", explanation="somebody asked to end it")
    label, explained = words[operation.outcome]
    return Explanation(code=f"run.{operation.outcome}", label=label, explanation=explained)


def _shown(operation: Operation, now: datetime) -> dict[str, Any]:
    fresh = freshness(operation, now)
    derived = {"reason": explain(operation, fresh), "next_steps": next_steps(operation, fresh)}
    return {**operation.model_dump(), "freshness": fresh, **derived}
