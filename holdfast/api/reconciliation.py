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
    """The change that the reconciler made to one run, or would make in a dry run."""

    operation_id: str
    type: OperationType
    change: str
    reason_code: Reason | None
    evidence: dict[str, Any]


class Sweep(Entity):
    """The result of one sweep: the runs that it looked at, and the changes."""

    dry_run: bool
    inspected: int
    reconciled: int
    redispatched: int
    skipped: int
    changes: list[Change]
