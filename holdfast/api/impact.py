"""The impact of a release (its runs and rows), and the rerun of its packages."""

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
    """The sums over all runs of a release. `complete` is false when there were too many runs to count."""

    runs: int
    packages: int
    rows: int
    by_status: dict[RunStatus, int]
    complete: bool


class ImpactItem(Entity):
    """One run of the release. `row_count` counts the rows that are shown."""

    run_id: str
    package_id: str
    feature: str
    status: RunStatus
    row_count: int
    created_at: datetime
    finished_at: datetime | None


class Impact(Entity):
    """One page of the runs of a release, newest first. `totals` is on the first page only."""

    hook: str
    version: int
    feature: str
    live_version: int | None
    totals: Totals | None
    items: list[ImpactItem]
    next_cursor: str | None


class Rerun(Request):
    """POST /hooks/{name}/releases/{version}/rerun."""

    limit: int = Field(
        50, ge=1, le=MAX_RERUNS, description="The largest number of runs of the release to look at."
    )
    cursor: str | None = None


class LeftOut(StrEnum):
    """The reason why a package is left out of a rerun."""

    RERUN_ALREADY = "rerun_already"
    RUN_WELL = "run_well"
    NOT_SEALED = "not_sealed"


class QueuedRerun(Entity):
    """A run that was queued."""

    package_id: str
    run_id: str
    operation_id: str


class Skipped(Entity):
    """A package that was left out. `run_id` is the run that makes a rerun unnecessary, if there is one."""

    package_id: str
    reason: LeftOut
    run_id: str | None


class Reran(Entity):
    """The runs that one call queued. Repeat the call with `next_cursor` until it is null."""

    hook: str
    version: int
    live_version: int
    queued: list[QueuedRerun]
    left_out: list[Skipped]
    next_cursor: str | None
