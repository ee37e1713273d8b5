"""The protocol of both adapters, and its plain values (docs/concepts/storage-enforcement.md)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple, Protocol

from chalicelib.storage.models import ConformanceReport
from holdfast.api.schema import Entity, Reason, Sha256, Text

CHUNK_BYTES = 1024 * 1024


class StoredObject(NamedTuple):
    """One object as the store describes it; `size` in bytes."""

    key: str
    size: int
    stored_at: datetime


class Grant(Entity):
    """The permission to remove one object permanently (docs/concepts/retention.md).

    `tombstone` is the hash of the audit event that orders the removal, so the event exists before the bytes
    go. `authority` names the source of the decision: the policy that applied, or the person who asked.
    """

    key: str
    tombstone: Sha256
    authority: Text
    reason: Reason


class Disposed(NamedTuple):
    """The result of a disposal: how many versions were removed, with delete markers; 0 when none existed."""

    key: str
    versions: int


class Lock(NamedTuple):
    """The protection of an object from removal: a date (None = no date) and a legal hold."""

    retain_until: datetime | None = None
    hold: bool = False

    def holds(self, now: datetime) -> bool:
        """Return whether the lock prevents a removal at `now`."""
        return self.hold or (self.retain_until is not None and now < self.retain_until)


class SignedRequest(NamedTuple):
    """A request that a client may send unchanged, without credentials, until `expires_at`."""

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
    """The result of one probe: an object was written, read back and removed in `latency_ms` milliseconds."""

    ok: bool
    latency_ms: float
    detail: str


class Storage(Protocol):
    """Keeps bytes under keys. Keys are `/`-separated and relative, without empty or dot segments.

    Every method raises `Unavailable` when the store does not answer. It raises `Invalid` (INVALID_KEY) for a
    key that breaks the rule above or leads out of the adapter's root.
    """

    backend: str

    def put(self, key: str, stream: BinaryIO, size: int, sha256: str) -> None:
        """Store `size` bytes of `stream` under `key`, if no object is there yet.

        An existing object stays as it is: keys name content, so it has the same bytes. Raises `Invalid`
        (CONTENT_MISMATCH) when the bytes are not the declared ones; then nothing is visible under `key`.
        """

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes `[start, end)` of the object, in chunks of at most CHUNK_BYTES.

        The range may reach beyond the end of the object. Raises `NotFound` at once, before the first chunk is
        read, when there is no such object.
        """

    def head(self, key: str) -> StoredObject | None:
        """Return the description of the object under `key`, or None when there is none."""

    def dispose(self, grant: Grant) -> Disposed:
        """Remove every version of exactly `grant.key` permanently; it is no error when there is none.

        No other method removes an object, so each removal has an audit event that ordered it. Raises
        `Conflict` (OBJECT_LOCKED) when a lock of the store holds any version; then all versions are still
        there.
        """

    def absent(self, key: str) -> bool:
        """Return whether no version of the object is left. Delete markers hold no bytes and do not count."""

    def lock(self, key: str, lock: Lock) -> None:
        """Let the store protect every version of the object as `lock` says; repeating this is no error.

        `retain_until` is rounded up to a whole second and only ever moves later: None and a date that has
        passed leave the present date. `hold` is set or released. Nothing happens where the store keeps no
        locks or HOLDFAST_S3_OBJECT_LOCK is off. Raises `NotFound` without an object, `Conflict`
        (OBJECT_LOCKED) for a date before the present one, and `Unavailable` (OBJECT_LOCK_MISSING) when the
        bucket cannot lock; then nothing is changed.
        """

    def lock_of(self, key: str) -> Lock | None:
        """Return the weakest lock of all versions, as the store reports it; None where `lock` does nothing.

        Raises `NotFound` without an object.
        """

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield all objects whose key starts with `prefix` (which ends in `/`), by key, 1,000 per request."""

    def presign_put(self, key: str, *, size: int, sha256: str, media_type: str) -> SignedRequest:
        """Return a request that stores exactly the bytes with this `sha256` (hex) and `size` under `key`."""

    def presign_drop(self, key: str, *, media_type: str) -> SignedRequest:
        """Return a request that stores any bytes under `key`, for the output of a hook that runs elsewhere.

        The first bytes stay; on a store without create-only, the last bytes stay. Nothing proves these bytes,
        so only one reader may use them, once, and no file of a package is stored like this.
        """

    def presign_get(self, key: str, *, filename: str, media_type: str) -> SignedRequest:
        """Return a request that fetches the object; a browser saves it as an attachment called `filename`."""

    def start_multipart(self, key: str, *, media_type: str) -> str:
        """Start a multipart upload to `key` and return its id."""

    def presign_parts(self, key: str, upload_id: str, *, size: int) -> Sequence[PartRequest]:
        """Return a request for each part that is not stored yet, in order, for a file of `size` bytes.

        Parts are `multipart_threshold_bytes` long, and longer where a file would need more than 10,000. The
        result is empty when the upload is complete. Raises `NotFound` when the upload was aborted.
        """

    def complete_multipart(self, key: str, upload_id: str, *, size: int) -> bool:
        """Join the parts into one object and return whether `key` then holds `size` bytes.

        False means that parts are missing. A repetition after success, or two calls at once, return True and
        leave one object.
        """

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Abort an upload and free its parts; it is no error when the upload is gone already."""

    def proves_uploads(self) -> bool:
        """Return whether the store itself refuses bytes other than the declared ones, as a probe has shown.

        False when `HOLDFAST_S3_INTEGRITY` is `readback`: the caller then reads the bytes back and hashes
        them. Raises `Unavailable` when the setting is `store` and the probe shows that the store refuses
        nothing.
        """

    def certify(self) -> ConformanceReport:
        """Attack a canary in the probe folder, remove it, and return which attacks the store refused.

        Several callers may do so at once. Only the caller's own canary is touched. A failing store raises no
        error: the report names the claims that could not be checked and the keys that could not be removed.
        """

    def health(self) -> Health:
        """Write, read back and remove a probe object. Never raises."""
