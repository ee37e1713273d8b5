"""When a run may be claimed, and the run after each thing that a claim does to it; pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.operations.models.status import queued_deadline, running_deadline
from holdfast.api.operations import LateResult, Operation, OperationStatus, Progress, Result
from holdfast.api.policy import LEASE_S, POLICIES


class Stop(Exception):
    """The work must stop here."""


class Cancelled(Stop):
    """Whoever asked for the work asked to stop it."""


class Lost(Stop):
    """The run is another claim's by now, or over."""


class OutOfTime(Stop):
    """The platform is about to end the worker."""


def attempts_left(operation: Operation) -> bool:
    """Whether the policy allows another attempt."""
    return operation.attempt < POLICIES[operation.type].max_attempts


def claimable(operation: Operation, now: datetime) -> bool:
    """Whether a delivery may take the run: it is queued, or nobody holds it and attempts are left."""
    if operation.status is OperationStatus.QUEUED:
        return True
    held = operation.lease_until is not None and now < operation.lease_until
    return operation.status is OperationStatus.RUNNING and not held and attempts_left(operation)


def as_claimed(operation: Operation, now: datetime) -> Operation:
    """The run in the hands of a new claim."""
    taken = operation.with_status(
        OperationStatus.RUNNING,
        started_at=operation.started_at or now,
        attempt_started_at=now,
        attempt=operation.attempt + 1,
        fence=operation.fence + 1,
    )
    return with_renewed_lease(taken, now)


def with_renewed_lease(operation: Operation, now: datetime) -> Operation:
    """The run with a fresh lease."""
    leased = operation.with_status(OperationStatus.RUNNING, lease_until=now + timedelta(seconds=LEASE_S))
    return leased.model_copy(update={"deadline_at": running_deadline(leased)})


def as_released(operation: Operation, now: datetime) -> Operation:
    """The run given back: nobody holds it, whatever the clock of the next worker says."""
    return operation.with_status(
        OperationStatus.RUNNING, lease_until=None, deadline_at=queued_deadline(operation.type, now)
    )


def with_late_result(operation: Operation, ended: Operation, now: datetime) -> Operation:
    """The run, otherwise as it is, with how a claim that no longer holds it would have `ended` it."""
    result = ended.model_dump(include=set(Result.model_fields))
    late = LateResult(**result, arrived_at=now, fence=ended.fence)
    return operation.model_copy(update={"late_result": late})


Report = Callable[[Progress], None]
