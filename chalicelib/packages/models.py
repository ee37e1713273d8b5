"""What a package is, what is asked of it and what it answers; pure (packages.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    WithJsonSchema,
)

from chalicelib.core import canonical
from chalicelib.retention.models import Hold, RetentionClass
from chalicelib.storage.adapter import Location

MAX_METADATA_BYTES = 64 * 1024
MAX_PLAN_FILES = 500
MAX_INLINE_FINALIZE_FILES = 2000
MAX_INLINE_REHASH_BYTES = 256 * 1024 * 1024
MAX_FILE_BYTES = 5 * 1024**4
MAX_REPORTED_PATHS = 100
MANIFEST_SCHEMA: Literal["urn:holdfast:manifest:1"] = "urn:holdfast:manifest:1"

SLUG = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$"


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


class Action(StrEnum):
    """What the audit chain of a package tells (`source:subject:verb`)."""

    CREATED = "packages:package:created"
    PLANNED = "packages:files:planned"
    FINALIZE_QUEUED = "packages:finalize:queued"
    FINALIZED = "packages:package:finalized"
    FAILED = "packages:package:failed"
    RETENTION_DEFAULTED = "packages:retention:defaulted"


class FileState(StrEnum):
    """Whether a declared file's bytes have arrived."""

    PENDING = "pending"
    STORED = "stored"


class Request(BaseModel):
    """What a client sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Entity(BaseModel):
    """What is kept and answered: immutable, changed by `model_copy`."""

    model_config = ConfigDict(frozen=True)


def _small_enough(metadata: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        size = len(canonical.encode(metadata))
    except canonical.NotExact as error:
        raise ValueError(f"holds what JSON cannot carry exactly: {error}") from error
    if size > MAX_METADATA_BYTES:
        raise ValueError(
            f"is {size} bytes as JSON; at most {MAX_METADATA_BYTES} (MAX_METADATA_BYTES) are allowed"
        )
    return metadata


def _any_text(value: Any) -> str:
    # pydantic's own `str` refuses lone surrogates before the path rules can name the rule
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004  pydantic reports ValueError only
    return value


def _slug(maximum: int, description: str) -> Any:
    return Field(min_length=1, max_length=maximum, pattern=SLUG, description=description)


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 lower-case hex digits.")]
Slug = Annotated[str, _slug(64, "Lower-case letters, digits and single `.`, `_` or `-` between them.")]
RawText = Annotated[str, PlainValidator(_any_text), WithJsonSchema({"type": "string"})]
Count = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_small_enough)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


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


class DeclaredFile(Request):
    """One file of a plan. Its path is checked by the service, rule by rule."""

    path: RawText
    sha256: Sha256
    size: Count = Field(ge=0, le=MAX_FILE_BYTES, description="Bytes.")
    media_type: str = Field(
        "application/octet-stream", max_length=127, pattern=r"^[\w!#$&^.+-]+/[\w!#$&^.+-]+$"
    )


class Plan(Request):
    """POST /packages/{id}/uploads."""

    files: list[DeclaredFile] = Field(min_length=1, max_length=MAX_PLAN_FILES)
    replace: Flag = False


class Finalize(Request):
    """POST /packages/{id}/finalize; both expectations are optional."""

    expected_file_count: Count | None = Field(None, ge=0)
    expected_manifest_digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")


class Fail(Request):
    """POST /packages/{id}/fail."""

    reason: Reason


class PackageQuery(Request):
    """GET /packages."""

    status: Status | None = None
    kind: Slug | None = None
    producer: Text | None = None
    convention: Slug | None = None
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = None


class FileQuery(Request):
    """GET /packages/{id}/files."""

    prefix: str = Field("", max_length=1024)
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = None


class DownloadQuery(Request):
    """GET /packages/{id}/download."""

    path: RawText
    redirect: bool = True


class EventQuery(Request):
    """GET /packages/{id}/events."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = None


class Failure(Entity):
    """Why a producer gave a package up."""

    reason: str
    failed_by: str
    failed_at: datetime


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


class Package(PackageSummary):
    """A package, whole."""

    metadata: dict[str, JsonValue]


class FileEntry(Entity):
    """One declared file as a page keeps it; `multipart` when its bytes come in parts."""

    path: str
    sha256: str
    size: int
    media_type: str
    multipart: "Multipart | None" = None


class Multipart(Entity):
    """A multipart upload under a key of its own; the table, not the store, commits it."""

    key: str
    upload_id: str


class File(Entity):
    """A file as the API shows it."""

    path: str
    sha256: str
    size: int
    media_type: str
    state: FileState
    storage: Location
    uploaded_at: datetime | None


class PartInstruction(Entity):
    """Send bytes `[offset, offset + length)` of the file so."""

    number: int
    offset: int
    length: int
    method: str
    url: str
    headers: dict[str, str]


class UploadInstruction(Entity):
    """How to send one file; nothing to send when `stored`. With `parts`, send each part instead of `url`."""

    path: str
    stored: bool
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    expires_at: datetime | None = None
    parts: list[PartInstruction] | None = None


class UploadPlan(Entity):
    """The answer to a plan, in the order of the request."""

    items: list[UploadInstruction]


class PackagePage(Entity):
    """One page of packages, newest first."""

    items: list[PackageSummary]
    next_cursor: str | None


class FilePage(Entity):
    """One page of files, by path."""

    items: list[File]
    next_cursor: str | None


class Download(Entity):
    """Where the bytes of a file can be fetched, until `expires_at`."""

    url: str
    expires_at: datetime


class ManifestFile(Entity):
    """One file as the manifest lists it."""

    path: str
    sha256: str
    size: int
    media_type: str


class ManifestPackage(Entity):
    """The identity of the package a manifest is of."""

    id: str
    workspace: str
    producer: str
    kind: str
    name: str
    version: str | None


class Manifest(Entity):
    """The sealed list of everything in a package, by path; its canonical JSON is what is hashed."""

    schema_: Literal["urn:holdfast:manifest:1"] = Field(MANIFEST_SCHEMA, alias="schema")
    package: ManifestPackage
    files: list[ManifestFile]
    model_config = ConfigDict(frozen=True, populate_by_name=True)


def follows(before: Status, after: Status) -> bool:
    """Whether the lifecycle allows the move."""
    return after in MOVES[before]
