"""What the locks of a store mean to us: the two refusals, whichever store keeps the lock."""

from chalicelib.core.errors import Conflict, Unavailable
from holdfast.api.codes import OBJECT_LOCK_MISSING, OBJECT_LOCKED


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
