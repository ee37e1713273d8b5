"""What a package is and what is asked of it; pure (packages.md, "Records")."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from chalicelib.audit.models import Event
from chalicelib.core.schema import DateTime, Entity, Limit, Reason, Request, Slug, Text
from chalicelib.packages.models.verification import IntegrityState, Verdict
from chalicelib.retention.models.classes import Hold, RetentionClass
from chalicelib.retention.models.eligibility import LockMirror
from chalicelib.validation import documents

MAX_METADATA_BYTES = 64 * 1024
MAX_METADATA_DEPTH = documents.MAX_DEPTH
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _sortable(moment: datetime) -> datetime:
    # what every zone can say and every key can sort: four digits of year, and none that overflows in UTC
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"must lie in the years {EARLIEST.year} to {LATEST.year - 1}")
    return moment


Moment = Annotated[DateTime, AfterValidator(_sortable)]


class Status(StrEnum):
    """Where a package stands."""

    CREATED = "created"
    UPLOADING = "uploading"
    FINALIZED = "finalized"
    FAILED = "failed"
    DELETED = "deleted"


MOVES: dict[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.UPLOADING, Status.FAILED}),
    Status.UPLOADING: frozenset({Status.UPLOADING, Status.FINALIZED, Status.FAILED}),
    Status.FINALIZED: frozenset({Status.DELETED}),
    Status.FAILED: frozenset(),
    Status.DELETED: frozenset(),
}


def follows(before: Status, after: Status) -> bool:
    """Whether the lifecycle allows the move."""
    return after in MOVES[before]


class Action(StrEnum):
    """What the audit chain of a package tells (`source:subject:verb`)."""

    CREATED = "packages:package:created"
    PLANNED = "packages:files:planned"
    SET_ASIDE = "packages:files:set-aside"
    FINALIZE_QUEUED = "packages:finalize:queued"
    FINALIZED = "packages:package:finalized"
    VERIFY_QUEUED = "packages:verification:queued"
    VERIFIED = "packages:package:verified"
    FAILED = "packages:package:failed"
    RETENTION_DEFAULTED = "packages:retention:defaulted"
    RETENTION_EXTENDED = "packages:retention:extended"
    HOLD_APPLIED = "packages:retention:hold_applied"
    HOLD_RELEASED = "packages:retention:hold_released"
    ELIGIBLE = "packages:retention:eligible"
    DELETED = "packages:retention:deleted"
    DISPOSAL_ORDERED = "packages:package:disposal-ordered"
    DISPOSAL_FAILED = "packages:package:disposal-failed"
    DISPOSED = "packages:package:disposed"
    LOCKS_PENDING = "packages:locks:pending"
    LOCKS_CONFIRMED = "packages:locks:confirmed"
    LOCKS_DRIFTED = "packages:locks:drifted"


RETENTION_SOURCE = "packages:retention:"


Metadata = Annotated[
    dict[str, JsonValue],
    BeforeValidator(documents.shallow("MAX_METADATA_DEPTH", MAX_METADATA_DEPTH)),
    AfterValidator(documents.at_most(MAX_METADATA_BYTES, "MAX_METADATA_BYTES")),
]


class Subject(Request):
    """What a package is about: a commit of a repository, or a tenant of the workspace."""

    repo: Text | None = None
    commit: Text | None = None
    tenant: Slug | None = None


class Create(Request):
    """POST /packages."""

    producer: Text
    kind: Slug
    name: Text
    version: Text | None = None
    convention: Slug | None = None
    subject: Subject | None = None
    metadata: Metadata = Field(default_factory=dict)
    retention_class: RetentionClass = RetentionClass.RAW_EVIDENCE


class Fail(Request):
    """POST /packages/{id}/fail."""

    reason: Reason


class PackageQuery(Request):
    """GET /packages."""

    status: Status | None = None
    kind: Slug | None = None
    producer: Text | None = None
    convention: Slug | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None
    limit: Limit = 50
    cursor: str | None = None


class EventQuery(Request):
    """GET /packages/{id}/events."""

    limit: Limit = 50
    cursor: str | None = None


class Failure(Entity):
    """Why a producer gave a package up."""

    reason: str
    failed_by: str
    failed_at: datetime


class Disposal(Entity):
    """How a package's bytes went: ordered under `tombstone`, the hash of the audit event that orders it.

    `completed_at` is when every object was proven absent; until then `next_attempt_at` is when a sweep
    goes on.
    """

    tombstone: str
    authority: str
    ordered_by: str
    ordered_at: datetime
    reason: str
    objects: int | None = None
    completed_at: datetime | None = None
    next_attempt_at: datetime | None = None


class PackageSummary(Entity):
    """A package as lists show it: all but its metadata."""

    id: str
    workspace: str
    producer: str
    kind: str
    name: str
    version: str | None
    convention: str | None
    subject: Subject | None
    status: Status
    retention_class: RetentionClass
    expires_at: datetime | None
    holds: list[Hold]
    file_count: int
    total_bytes: int
    manifest_digest: str | None
    created_by: str
    created_at: datetime
    finalized_at: datetime | None
    failure: Failure | None
    lock: LockMirror | None = None
    disposal: Disposal | None = None
    integrity: IntegrityState = IntegrityState.NOT_CHECKED
    last_verified_at: datetime | None = None
    verdicts: dict[Verdict, int] = Field(
        default_factory=dict, description="How many files came to which verdict in the last check."
    )

    @property
    def tenant(self) -> str | None:
        """The tenant that the package belongs to, if to any."""
        return self.subject.tenant if self.subject else None


class Package(PackageSummary):
    """A package, whole."""

    metadata: dict[str, JsonValue]


class PackageRecord(PackageSummary):
    """A package as the table keeps it: what is answered, and what only the service needs."""

    page_count: int = 0
    promised_by: str | None = None
    eligible_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def may_expire(self) -> bool:
        """Whether nothing but time keeps it: it is sealed, its promise ends, and no hold is on it."""
        return self.status is Status.FINALIZED and self.expires_at is not None and not self.holds

    @property
    def attention_at(self) -> datetime | None:
        """When a sweep has something to do with it: note that it expired, mirror locks, end a disposal."""
        if self.status is Status.DELETED:
            return self.disposal.next_attempt_at if self.disposal else None
        noted = self.eligible_at is not None or not self.may_expire
        moments = [None if noted else self.expires_at, self.lock.next_check_at if self.lock else None]
        return min((moment for moment in moments if moment), default=None)


class PackagePage(Entity):
    """One page of packages, newest first."""

    items: list[PackageSummary]
    next_cursor: str | None


class PackageEvent(Event):
    """One event of a package; retention events carry their type, reason, before and after."""

    id: str
    package_id: str
    type: str | None
    reason: str | None
    before: JsonValue
    after: JsonValue


class PackageEventPage(Entity):
    """One page of events, oldest first."""

    items: list[PackageEvent]
    next_cursor: str | None


def to_package_event(event: Event) -> PackageEvent:
    """The event as the API shows it."""
    retention = event.action.startswith(RETENTION_SOURCE)
    payload = event.payload or {}
    return PackageEvent(
        **event.model_dump(),
        id=f"{event.aggregate}:{event.seq}",
        package_id=event.aggregate,
        type=event.action.removeprefix(RETENTION_SOURCE) if retention else None,
        reason=payload.get("reason"),
        before=payload.get("before"),
        after=payload.get("after"),
    )
