"""The protocol of both adapters and its plain values (packages.md, "Storage adapters")."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple, Protocol

from chalicelib.core.schema import Entity

CHUNK_BYTES = 1024 * 1024


class Location(Entity):
    """Where the bytes of one file are: `[offset, offset + length)` of the object under `key`."""

    backend: str
    key: str
    offset: int
    length: int


class StoredObject(NamedTuple):
    """What the store says of one object; `size` in bytes."""

    key: str
    size: int
    stored_at: datetime


class SignedRequest(NamedTuple):
    """A request that a client may send as it stands, without credentials, until `expires_at`."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


class PartRequest(NamedTuple):
    """One part of a multipart upload: bytes `[offset, offset + length)` of the file go to `request`."""

    number: int
    offset: int
    length: int
    request: SignedRequest


class Health(NamedTuple):
    """One probe: an object written, read back and removed, and how long that took in milliseconds."""

    ok: bool
    latency_ms: float
    detail: str


class Storage(Protocol):
    """Keeps bytes under keys. Keys are `/`-separated, relative, without empty or dot segments.

    Every method raises `Unavailable` when the store does not answer, and `Invalid` (INVALID_KEY)
    for a key that breaks the rule above or leads out of the adapter's root.
    """

    backend: str

    def put(self, key: str, stream: BinaryIO, size: int, sha256: str) -> None:
        """Store `size` bytes of `stream` under `key`, create-only.

        An object that is there already stays as it is: keys name content, so it is the same bytes.
        Raises `Invalid` (CONTENT_MISMATCH) when the bytes are not the declared ones; nothing is
        visible under `key` then.
        """

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes `[start, end)` of the object in chunks of at most CHUNK_BYTES, as far as it reaches.

        Raises `NotFound` at once, before the first chunk is asked for, when there is no such object.
        """

    def head(self, key: str) -> StoredObject | None:
        """What is stored under `key`, or None."""

    def delete(self, key: str) -> None:
        """Remove the object for good; no error when there is none."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose key starts with `prefix` (which ends in `/`), by key, 1,000 a request."""

    def presign_put(self, key: str, *, size: int, sha256: str, media_type: str) -> SignedRequest:
        """A request that stores exactly the bytes with this `sha256` (hex) and `size` under `key`."""

    def presign_drop(self, key: str, *, media_type: str) -> SignedRequest:
        """A request that stores under `key` whatever is sent first, for what a hook makes elsewhere.

        Nothing proves those bytes but who reads them: never for a file of a package.
        """

    def presign_get(self, key: str, *, filename: str, media_type: str) -> SignedRequest:
        """A request that fetches the object, offered to a browser as an attachment called `filename`."""

    def start_multipart(self, key: str, *, media_type: str) -> str:
        """Begin a multipart upload to `key`; returns its id."""

    def presign_parts(self, key: str, upload_id: str, *, size: int) -> Sequence[PartRequest]:
        """One request a part, in order, for a file of `size` bytes; parts already stored are left out.

        Parts are `multipart_threshold_bytes` long, longer where a file would need more than 10,000.
        Nothing is left to send when the upload is complete already; `NotFound` when it was given up.
        """

    def complete_multipart(self, key: str, upload_id: str, *, size: int) -> bool:
        """Join the parts into one object; True when `key` then holds `size` bytes.

        False when parts are missing. Again after success, or by two at once: True, one object.
        """

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Give an upload up and free its parts; no error when it is gone already."""

    def proves_uploads(self) -> bool:
        """Whether the store itself refuses other bytes than declared (proven by a probe, not assumed).

        False when `HOLDFAST_S3_INTEGRITY` is `readback`: the caller re-reads and hashes then. Raises
        `Unavailable` when it is `store` and the probe shows that the store refuses nothing.
        """

    def health(self) -> Health:
        """Write, read back and remove a probe object. Never raises."""
