"""A sweep over overdue operations."""

from typing import Any

from pydantic import Field

from holdfast.api.operations import OperationType, Reason
from holdfast.api.schema import Entity, Flag, Request


class Reconcile(Request):
    """POST /operations/reconcile."""

    dry_run: Flag = False
    types: list[OperationType] = Field(default_factory=list)
    limit: int = Field(100, ge=1, le=500)


class Change(Entity):
    """What the reconciler did to one run, or would do."""

    operation_id: str
    type: OperationType
    change: str
    reason_code: Reason | None
    evidence: dict[str, Any]


class Sweep(Entity):
    """What one sweep saw and did."""

    dry_run: bool
    inspected: int
    reconciled: int
    redispatched: int
    skipped: int
    changes: list[Change]
