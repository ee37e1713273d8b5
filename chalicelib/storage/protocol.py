"""The protocol of both adapters and its plain values (docs/concepts/storage-enforcement.md)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple, Protocol

from chalicelib.storage.models import ConformanceReport
from holdfast.api.schema import Entity, Reason, Sha256, Text

CHUNK_BYTES = 1024 * 1024


class StoredObject(NamedTuple):
    """What the store says of one object; `size` in bytes."""

    key: str
    size: int
    stored_at: datetime


class Grant(Entity):
    """The permission to remove one object for good (docs/concepts/retention.md).

    `tombstone` is the hash of the audit event that orders it, so the event is there before the bytes go.
    `authority` says whose decision it is: the policy that applied, or who asked.
    """

    key: str
    tombstone: Sha256
    authority: Text
    reason: Reason


class Disposed(NamedTuple):
    """What a disposal removed: `versions` of the object, its delete markers among them; 0 when none was."""

    key: str
    versions: int


class Lock(NamedTuple):
    """What keeps an object from being removed: a date (None = no date), and a legal hold."""

    retain_until: datetime | None = None
    hold: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether the object cannot be removed at `now`."""
        return self.hold or (self.retain_until is not None and now < self.retain_until)


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

    def dispose(self, grant: Grant) -> Disposed:
        """Remove every version of exactly `grant.key` for good; no error when there is none.

        Nothing else here removes an object, so none goes without an audit event that ordered it.
        Raises `Conflict` (OBJECT_LOCKED) when a lock of the store holds any version; all are there then.
        """

    def absent(self, key: str) -> bool:
        """Whether no version of the object is left; a delete marker holds no bytes and does not count."""

    def lock(self, key: str, lock: Lock) -> None:
        """Have the store itself keep every version of the object as `lock` says; once more is no error.

        `retain_until` is rounded up to a whole second and is only ever moved further: None and a date that
        has passed leave it as it is. `hold` is set or released. Nothing happens where the store keeps no
        locks or HOLDFAST_S3_OBJECT_LOCK is off. Raises `NotFound` without an object, `Conflict`
        (OBJECT_LOCKED) for a date before the one it is kept until, and `Unavailable` (OBJECT_LOCK_MISSING)
        when the bucket cannot lock; nothing is changed then.
        """

    def lock_of(self, key: str) -> Lock | None:
        """The lock as the store tells it, the weakest of all versions; None where `lock` does nothing.

        Raises `NotFound` without an object.
        """

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose key starts with `prefix` (which ends in `/`), by key, 1,000 a request."""

    def presign_put(self, key: str, *, size: int, sha256: str, media_type: str) -> SignedRequest:
        """A request that stores exactly the bytes with this `sha256` (hex) and `size` under `key`."""

    def presign_drop(self, key: str, *, media_type: str) -> SignedRequest:
        """A request that stores under `key` whatever is sent first, for what a hook makes elsewhere.

        Where the store does not create only, what is sent last. Nothing proves those bytes but who reads
        them, once: never for a file of a package.
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

    def certify(self) -> ConformanceReport:
        """Attack a canary in the probe folder, remove it, and say what the store refused.

        Any number may do so at once, and nothing but the own canary is touched. Never raises for a failing
        store: what could not be checked says so, and what could not be removed is named.
        """

    def health(self) -> Health:
        """Write, read back and remove a probe object. Never raises."""
