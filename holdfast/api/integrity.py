"""Integrity sweeps, which read stored bytes again, and integrity alarms."""

from datetime import datetime

from pydantic import Field

from holdfast.api.schema import Bytes, Entity, Flag, Limit, Request
from holdfast.api.verifications import IntegrityState, Verdict

MAX_PLANNED_PACKAGES = 100


class SweepRequest(Request):
    """POST /integrity/sweep. `include_recent` adds the packages that are not due yet."""

    dry_run: Flag = False
    include_recent: Flag = False
    budget_bytes: Bytes | None = Field(
        None, description="The largest number of bytes to read. The default is the setting of the service."
    )


class PlannedPackage(Entity):
    """A package that a sweep would check; `under_way` when an earlier sweep checked some of its files."""

    package_id: str
    total_bytes: int
    last_verified_at: datetime | None
    due_at: datetime
    under_way: bool


class SweepPlan(Entity):
    """The packages that a sweep would check now, longest due first.

    `more` is true when the budget (or MAX_PLANNED_PACKAGES) is too small for all packages that are due.
    """

    dry_run: bool = True
    budget_bytes: int
    total_bytes: int
    packages: list[PlannedPackage]
    more: bool


class SweepQueued(Entity):
    """The operation that runs the sweep: follow GET /operations/{operation_id}."""

    operation_id: str


class AlarmQuery(Request):
    """GET /integrity/alarms."""

    limit: Limit = 50
    cursor: str | None = None


class Alarm(Entity):
    """A package whose stored bytes differ, or may differ, from the finalized ones."""

    package_id: str
    integrity: IntegrityState
    verdicts: dict[Verdict, int]
    last_verified_at: datetime | None


class AlarmPage(Entity):
    """One page of alarms, by package."""

    items: list[Alarm]
    next_cursor: str | None


class AlarmCount(Entity):
    """The number of alarms, counted up to MAX_COUNTED_ALARMS, and the first packages."""

    alarms: int
    more: bool = Field(description="True when there may be more alarms than were counted.")
    packages: list[str] = Field(
        description="The first packages, by id. GET /integrity/alarms lists all of them."
    )
