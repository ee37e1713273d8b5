"""Files of a package."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from holdfast.api.paths import MAX_PATH_BYTES
from holdfast.api.schema import Entity, Limit, RawText, Request
from holdfast.api.storage import Location


class FileState(StrEnum):
    """The state of a declared file's bytes: awaited, stored, or ordered to be deleted."""

    PENDING = "pending"
    STORED = "stored"
    DELETED = "deleted"


class FileQuery(Request):
    """GET /packages/{id}/files."""

    prefix: str = Field("", max_length=MAX_PATH_BYTES)
    limit: Limit = 50
    cursor: str | None = None


class DownloadQuery(Request):
    """GET /packages/{id}/download."""

    path: RawText
    redirect: bool = True


class File(Entity):
    """A file of a package, as the API shows it."""

    path: str
    sha256: str
    size: int
    media_type: str
    state: FileState
    storage: Location
    uploaded_at: datetime | None


class FilePage(Entity):
    """One page of files, by path."""

    items: list[File]
    next_cursor: str | None


class Download(Entity):
    """The address of the bytes of a file. It is valid until `expires_at`."""

    url: str
    expires_at: datetime
