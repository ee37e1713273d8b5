"""Packages: the requests of a client and the answers of the service."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from holdfast.api import documents
from holdfast.api.audit import Event
from holdfast.api.moments import Moment
from holdfast.api.retention import Hold, LockMirror, RetentionClass
from holdfast.api.schema import Entity, Limit, Reason, Request, Slug, Text
from holdfast.api.verifications import IntegrityState, Verdict

MAX_METADATA_BYTES = 64 * 1024
MAX_METADATA_DEPTH = documents.MAX_DEPTH


class Status(StrEnum):
    """The status of a package."""

    CREATED = "created"
    UPLOADING = "uploading"
    FINALIZED = "finalized"
    FAILED = "failed"
    DELETED = "deleted"


Metadata = Annotated[
    dict[str, JsonValue],
    BeforeValidator(documents.shallow("MAX_METADATA_DEPTH", MAX_METADATA_DEPTH)),
    AfterValidator(documents.at_most(MAX_METADATA_BYTES, "MAX_METADATA_BYTES")),
]


class Subject(Request):
    """The subject of a package: a commit of a repository, or a tenant of the workspace."""

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
    """The reason why a package was marked as failed, with the actor and the moment."""

    reason: str
    failed_by: str
    failed_at: datetime


class Disposal(Entity):
    """The removal of a package's bytes.

    `tombstone` is the hash of the audit event that orders the removal. `completed_at` is the moment when
    every object was proven absent. Before that, `next_attempt_at` is the moment when a sweep continues.
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
    """A package as lists show it, without its metadata."""

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
        default_factory=dict, description="The number of files with each verdict in the last check."
    )

    @property
    def tenant(self) -> str | None:
        """The tenant of the package, or None."""
        return self.subject.tenant if self.subject else None


class Package(PackageSummary):
    """A package with its metadata."""

    metadata: dict[str, JsonValue]


class PackagePage(Entity):
    """One page of packages, newest first."""

    items: list[PackageSummary]
    next_cursor: str | None


class PackageEvent(Event):
    """One event of a package. Retention events have a type, a reason, and the values before and after."""

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


class Queued(Entity):
    """The operation of a worker that does the work: follow GET /operations/{operation_id}."""

    operation_id: str
    package_id: str
