"""Queued work: its status, its result, and its freshness."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from holdfast.api.schema import Entity, Limit, Request, Slug

MAX_FAILURES = 100
CANCELLED = "CANCELLED"


class OperationType(StrEnum):
    """The types of queued work. `policy.POLICIES` has a line for each type."""

    PACKAGE_FINALIZE = "package.finalize"
    PACKAGE_VERIFY = "package.verify"
    PACKAGE_DELETE = "package.delete"
    RETENTION_SWEEP = "retention.sweep"
    INTEGRITY_SWEEP = "integrity.sweep"
    HOOK_RUN = "hook.run"


class OperationStatus(StrEnum):
    """The status of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"


class Outcome(StrEnum):
    """The outcome of a run."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"
    BLOCKED = "blocked"
    FAILED = "failed"


MOVES: dict[OperationStatus, frozenset[OperationStatus]] = {
    OperationStatus.QUEUED: frozenset({OperationStatus.RUNNING, OperationStatus.COMPLETED}),
    OperationStatus.RUNNING: frozenset({OperationStatus.RUNNING, OperationStatus.COMPLETED}),
    OperationStatus.COMPLETED: frozenset(),
}


class Counter(StrEnum):
    """The names that `summary_counts` may have."""

    PACKAGES = "packages"
    FILES = "files"
    BYTES = "bytes"
    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"
    NOT_CHECKED = "not_checked"
    ELIGIBLE = "eligible"
    DISPOSED = "disposed"
    MIRRORED = "mirrored"
    ROWS = "rows"


class Reason(StrEnum):
    """The reason why a run was ended from outside, without the result of its own worker."""

    STALE_QUEUED = "run.stale_queued"
    STALE_RUNNING = "run.stale_running"
    INFRASTRUCTURE = "run.infrastructure_timeout_or_abandonment"
    QUEUE_FAILURE = "run.queue_failure_bridge"
    OUT_OF_SYNC = "run.adapter_out_of_sync"


class Subject(Entity):
    """The record that the run works on."""

    kind: str
    id: str


class Failure(Entity):
    """One reason why a run failed: a code and a sentence, without secret or stack."""

    code: str
    message: str


class Progress(Entity):
    """The progress of the work. `total` is None while the total is not known."""

    done: int = 0
    total: int | None = None
    unit: str = ""


class Reconciliation(Entity):
    """The record of a run that was ended from outside, with the evidence for that decision."""

    reconciled_at: datetime
    kind: str
    reason_code: Reason
    reason_message: str
    source: str
    evidence: dict[str, Any]


class Result(Entity):
    """The result that a worker reports."""

    outcome: Outcome
    summary_counts: dict[Counter, int] = Field(default_factory=dict)
    failures: list[Failure] = Field(default_factory=list, max_length=MAX_FAILURES)


class LateResult(Result):
    """A result that arrived after the run was closed. It is kept as evidence and never applied."""

    arrived_at: datetime
    fence: int


class Operation(Entity):
    """One run, as it is kept."""

    id: str
    workspace: str
    tenant: str | None
    type: OperationType
    status: OperationStatus
    outcome: Outcome
    initiator: str | None
    identity_hash: str | None
    subject: Subject
    summary_counts: dict[Counter, int] = Field(default_factory=dict)
    failures: list[Failure] = Field(default_factory=list)
    context: dict[str, Any] = Field(default_factory=dict)
    attempt: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    progress: Progress = Progress()
    deadline_at: datetime | None
    created_at: datetime
    started_at: datetime | None = None
    attempt_started_at: datetime | None = None
    completed_at: datetime | None = None
    redispatched_attempt: int | None = None
    cancel_requested_by: str | None = None
    reconciliation: Reconciliation | None = None
    late_result: LateResult | None = None

    @property
    def active(self) -> bool:
        """Return whether the run has not ended yet."""
        return self.status is not OperationStatus.COMPLETED

    def with_status(self, status: OperationStatus, **changes: Any) -> "Operation":
        """Return the operation with another status. Raises `ValueError` for a move outside MOVES."""
        if status not in MOVES[self.status]:
            raise ValueError(f"an operation never moves from {self.status} to {status}")
        return self.model_copy(update={"status": status, **changes})

    def as_completed(self, result: Result, *, at: datetime, **changes: Any) -> "Operation":
        """Return the operation as completed with `result`, without lease and deadline."""
        return self.with_status(
            OperationStatus.COMPLETED,
            outcome=result.outcome,
            summary_counts=result.summary_counts or self.summary_counts,
            failures=result.failures,
            completed_at=at,
            lease_until=None,
            deadline_at=None,
            **changes,
        )


class Freshness(StrEnum):
    """The answer to the question whether the status of a run can be believed. It is never stored."""

    FRESH_ACTIVE = "fresh_active"
    LIKELY_STALE = "likely_stale"
    RECONCILED_FAILED = "reconciled_failed"
    TERMINAL_NORMAL = "terminal_normal"
    UNKNOWN = "unknown"


class OperationQuery(Request):
    """GET /operations."""

    type: OperationType | None = None
    status: OperationStatus | None = None
    outcome: Outcome | None = None
    freshness: Freshness | None = None
    tenant: Slug | None = None
    active: bool | None = None
    limit: Limit = 50
    cursor: str | None = None


class Explanation(Entity):
    """A reason in words for people, the same in the API, the command line and the pages."""

    code: str
    label: str
    explanation: str


class TimelineEvent(Entity):
    """One thing that happened to the run."""

    seq: int
    action: str
    actor: str
    at: datetime
    payload: dict[str, Any]


class OperationSummary(Operation):
    """A run as lists show it: the stored record, and the values that are derived from it now."""

    freshness: Freshness
    reason: Explanation
    next_steps: list[str]


class OperationView(OperationSummary):
    """A run with its timeline, oldest event first."""

    timeline: list[TimelineEvent]


class OperationPage(Entity):
    """One page of runs, newest first."""

    items: list[OperationSummary]
    next_cursor: str | None


class DayCount(Entity):
    """The number of runs of one type that were reconciled on one day (UTC)."""

    day: str
    type: OperationType
    count: int


class Summary(Entity):
    """Counts over the runs since `since`. `complete` is false when there were too many runs to count."""

    since: datetime
    complete: bool
    by_status: dict[OperationStatus, int]
    by_freshness: dict[Freshness, int]
    reconciled: list[DayCount]
