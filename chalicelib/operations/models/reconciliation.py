"""Decisions of the reconciler and of the failure bridge; pure (docs/concepts/operations.md)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.operations.models.operation import Message
from chalicelib.operations.models.status import REASONS
from holdfast.api.moments import optional_rfc3339, rfc3339
from holdfast.api.operations import Failure, Operation, OperationStatus, Reason, Reconciliation, Result
from holdfast.api.policy import POLICIES

SOURCE = "reconciler"
BRIDGE = "failure-bridge"


class Verb(StrEnum):
    """The ways to deal with a stuck run."""

    REDISPATCH = "redispatch"
    CLOSE = "close"
    FOLLOW = "follow"


class Step(NamedTuple):
    """One instruction for a run: the change, its reason and the evidence."""

    verb: Verb
    reason: Reason | None
    evidence: dict[str, Any]


def decide(operation: Operation, now: datetime, *, related: Result | None) -> Step | None:
    """Return the step for a run that is overdue at `now`; None when the run is in time, or has ended.

    `related` is the result in the record that the run works on; None while that record has no result.
    """
    policy = POLICIES[operation.type]
    if not operation.active or operation.deadline_at is None or now < operation.deadline_at:
        return None
    if not policy.scheduled_reconciliation:
        return None
    evidence = _evidence(operation, now)
    if related is not None:
        return Step(Verb.FOLLOW, Reason.OUT_OF_SYNC, {**evidence, "truth_path": "related-record"})
    if operation.status is OperationStatus.QUEUED:
        return Step(Verb.CLOSE, Reason.STALE_QUEUED, evidence)
    if operation.attempt < policy.max_attempts and operation.redispatched_attempt != operation.attempt:
        return Step(Verb.REDISPATCH, None, evidence)
    return Step(Verb.CLOSE, Reason.STALE_RUNNING, evidence)


def is_given_up(operation: Operation, message: Message, now: datetime) -> bool:
    """Return whether the run must end because `message` went to the dead-letter queue.

    False for a run that has ended, and while a worker may still hold it. False also when a later
    message exists for the run: that message has its own end, and the reconciler waits for it.
    """
    leased = operation.lease_until is not None and now < operation.lease_until
    sent_again = (operation.redispatched_attempt or 0) > message.attempt
    return operation.active and not leased and not sent_again


def as_redispatched(operation: Operation, now: datetime) -> Operation:
    """Return the run without a lease, and with a new deadline by which a worker must claim it."""
    window = timedelta(seconds=POLICIES[operation.type].queued_stale_after)
    return operation.with_status(
        OperationStatus.RUNNING,
        redispatched_attempt=operation.attempt,
        lease_until=None,
        deadline_at=now + window,
    )


def as_closed(
    operation: Operation,
    reason: Reason,
    *,
    source: str,
    evidence: dict[str, Any],
    result: Result,
    at: datetime,
) -> Operation:
    """Return the run as completed by the reconciler or the bridge, with the reason and the evidence."""
    label, words = REASONS[reason]
    reconciliation = Reconciliation(
        reconciled_at=at,
        kind=reason.removeprefix("run."),
        reason_code=reason,
        reason_message=f"{label}: {words}.",
        source=source,
        evidence=evidence,
    )
    return operation.as_completed(result, at=at, reconciliation=reconciliation)


def failure_of(reason: Reason) -> Failure:
    """Return the reason as an entry of `failures`."""
    label, words = REASONS[reason]
    return Failure(code=reason, message=f"{label}: {words}.")


def _evidence(operation: Operation, now: datetime) -> dict[str, Any]:
    return {
        "evaluated_at": rfc3339(now),
        "freshness": "likely_stale",
        "threshold": optional_rfc3339(operation.deadline_at),
        "reference_time": rfc3339(operation.attempt_started_at or operation.created_at),
        "last_lease": optional_rfc3339(operation.lease_until),
        "attempts": operation.attempt,
        "truth_path": "deadline-index",
    }
