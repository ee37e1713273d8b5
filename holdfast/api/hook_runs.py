"""Runs of hooks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from holdfast.api.schema import Entity, Limit, Request, Slug, Text

MAX_VERSION = 9_999_999_999  # the largest number that fits in a key


class RunStatus(StrEnum):
    """The status of a run."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"


MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PENDING: frozenset({RunStatus.RUNNING, RunStatus.FAILED}),
    RunStatus.RUNNING: frozenset(
        {RunStatus.RUNNING, RunStatus.SUCCEEDED, RunStatus.REJECTED, RunStatus.FAILED}
    ),
    RunStatus.SUCCEEDED: frozenset(),
    RunStatus.REJECTED: frozenset(),
    RunStatus.FAILED: frozenset(),
}


class HookRun(Entity):
    """One run of a hook on a package.

    `attempts` counts the workers that took the run. `oom_retries` counts how often its memory was doubled.
    `code` and `reason` say why the run was rejected or failed. `duration_s` is from its start to its end.
    """

    id: str
    workspace: str
    tenant: str | None
    hook: str
    feature: str
    version: int
    digest: str
    package_id: str
    manifest_digest: str
    operation_id: str
    status: RunStatus
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_s: float | None = None
    attempts: int = 0
    oom_retries: int = 0
    memory_mib: int | None = None
    exit_code: int | None = None
    code: str | None = None
    reason: str | None = None
    row_count: int = 0
    output_digest: str | None = None
    isolation: list[str] = Field(default_factory=list)

    @property
    def over(self) -> bool:
        """Return whether the run has ended."""
        return not MOVES[self.status]

    @property
    def shows_rows(self) -> bool:
        """Return whether the rows of the run count: the code ended normally and kept its contract."""
        return self.status in (RunStatus.SUCCEEDED, RunStatus.REJECTED)

    def with_status(self, status: RunStatus, **changes: Any) -> "HookRun":
        """Return the run with another status. Raises `ValueError` for a move outside MOVES."""
        if status not in MOVES[self.status]:
            raise ValueError(f"a hook run never moves from {self.status} to {status}")
        return self.model_copy(update={"status": status, **changes})


class Log(Entity):
    """The last output of the code on its two streams, at most 32 KiB each."""

    stdout: str
    stderr: str


class HookRunView(HookRun):
    """A run with the end of its log. The log is null when no worker returned one."""

    log: Log | None


class HookRunPage(Entity):
    """One page of runs, newest first."""

    items: list[HookRun]
    next_cursor: str | None


class PackageRunQuery(Request):
    """GET /packages/{id}/hook-runs."""

    hook: Slug | None = None
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)] | None = None
    status: RunStatus | None = None
    limit: Limit = 50
    cursor: str | None = None

    @property
    def facets(self) -> dict[str, str]:
        """Return the filters by name, with their values as text."""
        named = self.model_dump(mode="json", include={"hook", "version", "status"}, exclude_none=True)
        return {name: str(value) for name, value in named.items()}


class RunQuery(PackageRunQuery):
    """GET /hook-runs."""

    package_id: Text | None = None
