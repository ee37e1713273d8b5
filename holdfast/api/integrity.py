"""Sweeps that read stored bytes again, and alarms."""

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from holdfast.api.schema import Bytes, Entity, Flag, Limit, Request
from holdfast.api.verifications import IntegrityState, Verdict

if TYPE_CHECKING:
    pass


MAX_PLANNED_PACKAGES = 100


class SweepRequest(Request):
    """POST /integrity/sweep. `include_recent` takes what is not due yet, too."""

    dry_run: Flag = False
    include_recent: Flag = False
    budget_bytes: Bytes | None = Field(
        None, description="Bytes to read at most; the setting's when left out."
    )


class PlannedPackage(Entity):
    """A package that a sweep would check; `under_way` when an earlier one has checked files of it."""

    package_id: str
    total_bytes: int
    last_verified_at: datetime | None
    due_at: datetime
    under_way: bool


class SweepPlan(Entity):
    """What a sweep would set out to check, longest due first, when it began now.

    `more` says that the budget (or MAX_PLANNED_PACKAGES) is too small for all that is due.
    """

    dry_run: bool = True
    budget_bytes: int
    total_bytes: int
    packages: list[PlannedPackage]
    more: bool


class SweepQueued(Entity):
    """The operation that sweeps: follow GET /operations/{operation_id}."""

    operation_id: str


class AlarmQuery(Request):
    """GET /integrity/alarms."""

    limit: Limit = 50
    cursor: str | None = None


class Alarm(Entity):
    """A package whose stored bytes are not, or may not be, what was sealed."""

    package_id: str
    integrity: IntegrityState
    verdicts: dict[Verdict, int]
    last_verified_at: datetime | None


class AlarmPage(Entity):
    """One page of alarms, by package."""

    items: list[Alarm]
    next_cursor: str | None


class AlarmCount(Entity):
    """How many alarms there are, counted up to MAX_COUNTED_ALARMS, and the first of them."""

    alarms: int
    more: bool = Field(description="Whether there may be more than were counted.")
    packages: list[str] = Field(description="The first packages, by id; GET /integrity/alarms has them all.")
