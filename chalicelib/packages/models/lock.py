"""The lock that a package's objects should have, and the comparison with the store; pure.

The concept: docs/concepts/object-lock.md.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.packages.models.package import PackageRecord
from chalicelib.storage.protocol import Lock
from holdfast.api.moments import rfc3339
from holdfast.api.retention import LockMirror, LockState

MIRROR_GRACE_S = 300  # longer than a request: the request that changes the table also mirrors it
PENDING_RECHECK_S = 3600
DRIFT_RECHECK_S = 24 * 3600
ROUNDING = timedelta(seconds=1)  # a store keeps whole seconds, and the S3 adapter rounds up


class Found(NamedTuple):
    """The answer of the store for one object: its lock (None: no lock), or the problem as a sentence.

    `lost` is true when the object is not there.
    """

    key: str
    lock: Lock | None = None
    problem: str | None = None
    lost: bool = False


def lock_for(record: PackageRecord) -> Lock:
    """Return the lock that every object of a finalized package should have."""
    return Lock(retain_until=record.expires_at, hold=bool(record.holds) or record.expires_at is None)


def pending(now: datetime, *, detail: str, after_s: int) -> LockMirror:
    """Return a mirror that is not confirmed, to check again `after_s` seconds after `now`."""
    again = now + timedelta(seconds=after_s)
    return LockMirror(state=LockState.PENDING, detail=detail, checked_at=now, next_check_at=again)


def switched_off(lock: LockMirror) -> LockMirror:
    """Return the mirror as pending without a next check, because Object Lock is off in the settings."""
    detail = "Object Lock is off in the settings, so the locks in the store are not known."
    return lock.model_copy(update={"state": LockState.PENDING, "detail": detail, "next_check_at": None})


def mirror_from(want: Lock, found: Sequence[Found], now: datetime) -> LockMirror:
    """Return the mirror that follows from the locks of all objects: confirmed, drift, or pending."""
    problems = [one.problem for one in found if one.problem and not one.lost]
    if problems:
        return pending(now, detail=f"Not confirmed: {problems[0]}", after_s=PENDING_RECHECK_S)
    locks = [one.lock or Lock() for one in found if not one.lost]
    differing = [f"{_name(one.key)} {words}" for one in found if (words := _difference(want, one, now))]
    state = LockState.DRIFT if differing else LockState.CONFIRMED
    return LockMirror(
        state=state,
        detail=_describe_lock(differing, want, len(found)),
        retain_until=max((lock.retain_until for lock in locks if lock.retain_until), default=None),
        hold=any(lock.hold for lock in locks),
        objects=len(found),
        checked_at=now,
        next_check_at=now + timedelta(seconds=DRIFT_RECHECK_S) if differing else None,
    )


def _difference(want: Lock, found: Found, now: datetime) -> str | None:
    """Return how the lock of an object differs from `want`, as a predicate; None when it does not."""
    if found.lost:
        return "is missing"
    lock = found.lock or Lock()
    if want.hold != lock.hold:
        return "has no legal hold" if want.hold else "has a legal hold that the table does not have"
    if want.retain_until is None:
        return None
    if want.retain_until > now and (lock.retain_until is None or lock.retain_until < want.retain_until):
        return f"is locked only until {_until(lock)}"
    if lock.retain_until and lock.retain_until > want.retain_until + ROUNDING:
        return f"is locked until {_until(lock)}, longer than promised"
    return None


def _describe_lock(differing: Sequence[str], want: Lock, objects: int) -> str:
    if differing:
        differ = "differs" if len(differing) == 1 else "differ"
        total = f"{objects} object{'' if objects == 1 else 's'}"
        return f"{len(differing)} of {total} {differ} from the table; the first: {differing[0]}."
    held = " and held" if want.hold else ""
    locked = "1 object is" if objects == 1 else f"{objects} objects are"
    return f"{locked} locked until {_until(want)}{held}."


def _until(lock: Lock) -> str:
    return rfc3339(lock.retain_until) if lock.retain_until else "no date"


def _name(key: str) -> str:
    return key.rpartition("/")[2]
