"""What a release made, and its rerun."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from holdfast.api.hook_runs import RunStatus
from holdfast.api.schema import Entity, Limit, Request

MAX_RERUNS = 100


class ImpactQuery(Request):
    """GET /hooks/{name}/releases/{version}/impact."""

    limit: Limit = 50
    cursor: str | None = None


class Totals(Entity):
    """What all runs of a release come to; `complete` is false when there were too many to add up."""

    runs: int
    packages: int
    rows: int
    by_status: dict[RunStatus, int]
    complete: bool


class ImpactItem(Entity):
    """One run of the release; `row_count` counts rows that are shown."""

    run_id: str
    package_id: str
    feature: str
    status: RunStatus
    row_count: int
    created_at: datetime
    finished_at: datetime | None


class Impact(Entity):
    """One page of what a release made, newest first; `totals` on the first page only."""

    hook: str
    version: int
    feature: str
    live_version: int | None
    totals: Totals | None
    items: list[ImpactItem]
    next_cursor: str | None


class Rerun(Request):
    """POST /hooks/{name}/releases/{version}/rerun."""

    limit: int = Field(50, ge=1, le=MAX_RERUNS, description="Runs of the release to look at, at most.")
    cursor: str | None = None


class LeftOut(StrEnum):
    """Why a package is not run on again."""

    RERUN_ALREADY = "rerun_already"
    RUN_WELL = "run_well"
    NOT_SEALED = "not_sealed"


class QueuedRerun(Entity):
    """A run that was queued."""

    package_id: str
    run_id: str
    operation_id: str


class Skipped(Entity):
    """A package that was left out; `run_id` is the run that stands for it, if one does."""

    package_id: str
    reason: LeftOut
    run_id: str | None


class Reran(Entity):
    """What one call queued. Go on with `next_cursor` until there is none."""

    hook: str
    version: int
    live_version: int
    queued: list[QueuedRerun]
    left_out: list[Skipped]
    next_cursor: str | None
