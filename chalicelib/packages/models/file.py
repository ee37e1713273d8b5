"""The files of a package; pure (packages.md, "Records")."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from chalicelib.core.schema import Entity, Limit, RawText, Request
from chalicelib.storage.paths import MAX_PATH_BYTES
from chalicelib.storage.protocol import Location


class FileState(StrEnum):
    """Whether a declared file's bytes have arrived, and whether they were ordered to go."""

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


class Multipart(Entity):
    """A multipart upload under a key of its own; the table, not the store, commits it."""

    key: str
    upload_id: str


class FileEntry(Entity):
    """One declared file as a page keeps it.

    Its bytes are under the key that names its content, unless they come in parts (`multipart`) or
    other bytes were found there (`key`).
    """

    path: str
    sha256: str
    size: int
    media_type: str
    multipart: Multipart | None = None
    key: str | None = None

    def same_content(self, other: "FileEntry") -> bool:
        """Whether both declare the same bytes of the same type."""
        return (self.sha256, self.size, self.media_type) == (other.sha256, other.size, other.media_type)


class File(Entity):
    """A file as the API shows it."""

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
    """Where the bytes of a file can be fetched, until `expires_at`."""

    url: str
    expires_at: datetime
