"""The files of a package; pure (docs/concepts/packages.md)."""

from holdfast.api.schema import Entity


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
