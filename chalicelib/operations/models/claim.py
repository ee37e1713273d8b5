"""Rules of a claim: which run may be claimed, and the run after each step of a claim; pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.operations.models.status import queued_deadline, running_deadline
from holdfast.api.operations import LateResult, Operation, OperationStatus, Progress, Result
from holdfast.api.policy import LEASE_S, POLICIES


class Stop(Exception):
    """The worker must stop its work here."""


class Cancelled(Stop):
    """Somebody asked to cancel the run."""


class Lost(Stop):
    """Another claim has the run now, or the run has ended."""


class OutOfTime(Stop):
    """The platform is about to end the worker."""


def attempts_left(operation: Operation) -> bool:
    """Return whether the policy allows another attempt of the run."""
    return operation.attempt < POLICIES[operation.type].max_attempts


def claimable(operation: Operation, now: datetime) -> bool:
    """Return whether a worker may claim the run at `now`.

    It may claim a queued run, and a running one without a valid lease while attempts are left.
    """
    if operation.status is OperationStatus.QUEUED:
        return True
    held = operation.lease_until is not None and now < operation.lease_until
    return operation.status is OperationStatus.RUNNING and not held and attempts_left(operation)


def as_claimed(operation: Operation, now: datetime) -> Operation:
    """Return the run after a new claim: running, with the next attempt, the next fence and a lease."""
    running = operation.with_status(
        OperationStatus.RUNNING,
        started_at=operation.started_at or now,
        attempt_started_at=now,
        attempt=operation.attempt + 1,
        fence=operation.fence + 1,
    )
    return with_renewed_lease(running, now)


def with_renewed_lease(operation: Operation, now: datetime) -> Operation:
    """Return the run with a lease of LEASE_S seconds from `now`."""
    leased = operation.with_status(OperationStatus.RUNNING, lease_until=now + timedelta(seconds=LEASE_S))
    return leased.model_copy(update={"deadline_at": running_deadline(leased)})


def as_released(operation: Operation, now: datetime) -> Operation:
    """Return the run without a lease, so that the next worker may claim it at once."""
    return operation.with_status(
        OperationStatus.RUNNING, lease_until=None, deadline_at=queued_deadline(operation.type, now)
    )


def with_late_result(operation: Operation, ended: Operation, now: datetime) -> Operation:
    """Return the run with the result of a claim that no longer holds it; nothing else changes.

    `ended` is the run as that claim would have ended it.
    """
    result = ended.model_dump(include=set(Result.model_fields))
    late = LateResult(**result, arrived_at=now, fence=ended.fence)
    return operation.model_copy(update={"late_result": late})


Report = Callable[[Progress], None]
