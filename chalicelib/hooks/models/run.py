"""What a hook run is, every move it can make, and what is asked of runs; pure (hooks.md, "Entities")."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from chalicelib.core.schema import Entity, Limit, Request, Slug, Text
from chalicelib.operations.models.operation import Counter, Failure, Outcome, Result

MAX_TAIL_CHARACTERS = 32 * 1024
MAX_REASON_CHARACTERS = 1000
MAX_VERSION = 9_999_999_999  # what fits in a key


class RunStatus(StrEnum):
    """Where a run stands."""

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
OUTCOMES = {
    RunStatus.SUCCEEDED: Outcome.SUCCEEDED,
    RunStatus.REJECTED: Outcome.BLOCKED,
    RunStatus.FAILED: Outcome.FAILED,
}


class HookRun(Entity):
    """One run. `attempts` counts workers that took it; `oom_retries` how often its memory was doubled.

    `code` and `reason` say why it was rejected or failed; `duration_s` is from its start to its end.
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
        """Whether the run has ended."""
        return not MOVES[self.status]

    @property
    def shows_rows(self) -> bool:
        """Whether its rows count: the code ran to its end and kept its contract, whatever it says."""
        return self.status in (RunStatus.SUCCEEDED, RunStatus.REJECTED)

    def moved(self, status: RunStatus, **changes: Any) -> "HookRun":
        """The run after a move; `ValueError` for one that there is not."""
        if status not in MOVES[self.status]:
            raise ValueError(f"a hook run never goes from {self.status} to {status}")
        return self.model_copy(update={"status": status, **changes})


class Log(Entity):
    """The ends of what the code wrote to its two streams, at most 32 KiB each."""

    stdout: str
    stderr: str


class HookRunView(HookRun):
    """A run as it is shown, with the tail of its log; None when no worker brought one back."""

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
        """What runs are to be, as their items say it."""
        named = self.model_dump(mode="json", include={"hook", "version", "status"}, exclude_none=True)
        return {name: str(value) for name, value in named.items()}


class RunQuery(PackageRunQuery):
    """GET /hook-runs."""

    package_id: Text | None = None


class End(NamedTuple):
    """What came of a run: `code` and `reason` for one that did not succeed."""

    status: RunStatus
    code: str | None = None
    reason: str | None = None
    exit_code: int | None = None
    row_count: int = 0
    output_digest: str | None = None
    isolation: tuple[str, ...] = ()
    log: Log | None = None


def ended(run: HookRun, end: End, *, at: datetime) -> HookRun:
    """The run at its end."""
    return run.moved(
        end.status,
        code=end.code,
        reason=readable(end.reason)[:MAX_REASON_CHARACTERS] if end.reason else None,
        exit_code=end.exit_code,
        row_count=end.row_count,
        output_digest=end.output_digest,
        isolation=list(end.isolation),
        finished_at=at,
        duration_s=(at - run.started_at).total_seconds() if run.started_at else None,
    )


def matches(run: HookRun, facets: dict[str, str]) -> bool:
    """Whether the run is what `facets` ask for, as it stands now."""
    return all(str(getattr(run, name)) == value for name, value in facets.items())


def result_of(run: HookRun) -> Result:
    """What the operation of a run that is over came to; a rejection blocks, and is no failure of ours."""
    failures = []
    if run.status is not RunStatus.SUCCEEDED:
        failures = [Failure(code=run.code or run.status.upper(), message=run.reason or "no reason was given")]
    counts = {Counter.ROWS: run.row_count}
    return Result(outcome=OUTCOMES[run.status], summary_counts=counts, failures=failures)


def tail(text: str) -> str:
    """The end of a log, as long as one is kept."""
    return readable(text[-MAX_TAIL_CHARACTERS:])


def readable(text: str) -> str:
    """`text` without what no JSON carries: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode()
