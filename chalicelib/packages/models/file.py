"""The files of a package; pure (docs/concepts/packages.md)."""

from holdfast.api.schema import Entity


class Multipart(Entity):
    """A multipart upload under a key of its own; it belongs to a package only when the table says so."""

    key: str
    upload_id: str


class FileEntry(Entity):
    """One declared file as a page keeps it.

    Its bytes are under the key that names their SHA-256, with two exceptions. A file that is sent in
    parts has the key in `multipart`. A file whose usual key held other bytes has the key in `key`.
    """

    path: str
    sha256: str
    size: int
    media_type: str
    multipart: Multipart | None = None
    key: str | None = None

    def same_content(self, other: "FileEntry") -> bool:
        """Return whether both declare the same bytes with the same media type."""
        return (self.sha256, self.size, self.media_type) == (other.sha256, other.size, other.media_type)
