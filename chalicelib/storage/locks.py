"""The two refusals that the locks of a store lead to, whichever store keeps the lock."""

from chalicelib.core.errors import Conflict, Unavailable
from holdfast.api.codes import OBJECT_LOCK_MISSING, OBJECT_LOCKED


def object_locked(key: str) -> Conflict:
    """Return the error for an object that a lock keeps; nothing was removed and no lock was shortened."""
    return Conflict(
        OBJECT_LOCKED, "A lock of the object store keeps the object; nothing is changed.", key=key
    )


def lock_missing() -> Unavailable:
    """Return the error for a bucket that must lock objects and cannot."""
    return Unavailable(
        OBJECT_LOCK_MISSING, "HOLDFAST_S3_OBJECT_LOCK is on, and the bucket has no Object Lock."
    )
