"""What the locks of a store mean to us: the two refusals, whichever store keeps the lock."""

from chalicelib.core.errors import Conflict, Unavailable, declare

OBJECT_LOCKED = declare(
    "OBJECT_LOCKED",
    "The store's own lock keeps the object",
    "Release the hold or wait until the retain-until date; until then nothing of it is removed.",
)
OBJECT_LOCK_MISSING = declare(
    "OBJECT_LOCK_MISSING",
    "The bucket has no Object Lock",
    "Object Lock is chosen when a bucket is made: use such a bucket, or set HOLDFAST_S3_OBJECT_LOCK=false.",
)


def object_locked(key: str) -> Conflict:
    """The store keeps the object under `key`, and nothing was removed or shortened."""
    return Conflict(
        OBJECT_LOCKED, "A lock of the object store keeps the object; nothing is changed.", key=key
    )


def lock_missing() -> Unavailable:
    """Locks were asked for, and the bucket cannot have them."""
    return Unavailable(
        OBJECT_LOCK_MISSING, "HOLDFAST_S3_OBJECT_LOCK is on, and the bucket has no Object Lock."
    )
