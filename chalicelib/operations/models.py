"""What an operation is; pure (operations.md, "Record")."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from chalicelib.core.schema import Entity

LEASE_S = 900
OUTBOX_GRACE_S = 30
QUEUED_STALE_AFTER_S = 300
MAX_FAILURES = 100


class OperationType(StrEnum):
    """What kinds of work there are."""

    PACKAGE_FINALIZE = "package.finalize"


QUEUES: dict[OperationType, str] = {OperationType.PACKAGE_FINALIZE: "packages"}


class OperationStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"


class Outcome(StrEnum):
    """What came of it."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Action(StrEnum):
    """What the audit chain of an operation tells (`source:subject:verb`)."""

    QUEUED = "operations:run:queued"
    STARTED = "operations:run:started"
    RELEASED = "operations:run:released"
    COMPLETED = "operations:run:completed"


class OperationSubject(Entity):
    """What the run works on."""

    kind: str
    id: str


class OperationFailure(Entity):
    """One reason why a run failed: a code of the catalogue and a sentence."""

    code: str
    message: str


class Operation(Entity):
    """One run, as kept and as answered."""

    id: str
    workspace: str
    tenant: str | None
    type: OperationType
    status: OperationStatus
    outcome: Outcome
    initiator: str | None
    subject: OperationSubject
    summary_counts: dict[str, int] = Field(default_factory=dict)
    failures: list[OperationFailure] = Field(default_factory=list)
    context: dict[str, Any] = Field(default_factory=dict)
    attempt: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the run is still to end."""
        return self.status is not OperationStatus.COMPLETED


class Message(Entity):
    """What travels on a queue: only where the record is, the record says the rest."""

    workspace: str
    operation_id: str


def claimable(operation: Operation, now: datetime) -> bool:
    """Whether a delivery may start the run: it is queued, or the lease of whoever ran it is over."""
    if operation.status is OperationStatus.QUEUED:
        return True
    expired = operation.lease_until is not None and operation.lease_until <= now
    return operation.status is OperationStatus.RUNNING and expired


def overdue(operation: Operation, now: datetime) -> bool:
    """Whether somebody should have taken the run by now: queued for too long, or left by its worker."""
    waited = operation.created_at + timedelta(seconds=QUEUED_STALE_AFTER_S) <= now
    return claimable(operation, now) and (operation.status is OperationStatus.RUNNING or waited)
