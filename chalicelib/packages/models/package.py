"""The record of a package, its lifecycle and its events; pure (docs/concepts/packages.md)."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from holdfast.api.audit import Event
from holdfast.api.packages import PackageEvent, PackageSummary, Status

MOVES: dict[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.UPLOADING, Status.FAILED}),
    Status.UPLOADING: frozenset({Status.UPLOADING, Status.FINALIZED, Status.FAILED}),
    Status.FINALIZED: frozenset({Status.DELETED}),
    Status.FAILED: frozenset(),
    Status.DELETED: frozenset(),
}


def follows(before: Status, after: Status) -> bool:
    """Return whether the lifecycle allows the move from `before` to `after`."""
    return after in MOVES[before]


class Action(StrEnum):
    """The actions in the audit chain of a package (`source:subject:verb`)."""

    CREATED = "packages:package:created"
    PLANNED = "packages:files:planned"
    SET_ASIDE = "packages:files:set-aside"
    FINALIZE_QUEUED = "packages:finalize:queued"
    FINALIZED = "packages:package:finalized"
    VERIFY_QUEUED = "packages:verification:queued"
    VERIFIED = "packages:package:verified"
    FAILED = "packages:package:failed"
    RETENTION_DEFAULTED = "packages:retention:defaulted"
    RETENTION_EXTENDED = "packages:retention:extended"
    HOLD_APPLIED = "packages:retention:hold_applied"
    HOLD_RELEASED = "packages:retention:hold_released"
    ELIGIBLE = "packages:retention:eligible"
    DELETED = "packages:retention:deleted"
    DISPOSAL_ORDERED = "packages:package:disposal-ordered"
    DISPOSAL_FAILED = "packages:package:disposal-failed"
    DISPOSED = "packages:package:disposed"
    LOCKS_PENDING = "packages:locks:pending"
    LOCKS_CONFIRMED = "packages:locks:confirmed"
    LOCKS_DRIFTED = "packages:locks:drifted"


RETENTION_SOURCE = "packages:retention:"


class PackageRecord(PackageSummary):
    """A package as the table keeps it: its public fields, and fields that only the service needs."""

    page_count: int = 0
    promised_by: str | None = None
    eligible_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def may_expire(self) -> bool:
        """Return whether only its date keeps it: finalized, a promise with an end, and no hold."""
        return self.status is Status.FINALIZED and self.expires_at is not None and not self.holds

    @property
    def attention_at(self) -> datetime | None:
        """The time when a sweep must note expiry, mirror locks, or finish the disposal; None: never."""
        if self.status is Status.DELETED:
            return self.disposal.next_attempt_at if self.disposal else None
        noted = self.eligible_at is not None or not self.may_expire
        moments = [None if noted else self.expires_at, self.lock.next_check_at if self.lock else None]
        return min((moment for moment in moments if moment), default=None)


def to_package_event(event: Event) -> PackageEvent:
    """Return the event as the API shows it."""
    retention = event.action.startswith(RETENTION_SOURCE)
    payload = event.payload or {}
    return PackageEvent(
        **event.model_dump(),
        id=f"{event.aggregate}:{event.seq}",
        package_id=event.aggregate,
        type=event.action.removeprefix(RETENTION_SOURCE) if retention else None,
        reason=payload.get("reason"),
        before=payload.get("before"),
        after=payload.get("after"),
    )


class Joined(NamedTuple):
    """A part that joined the transaction: members for the finalized event, and a call after the commit.

    A crash may lose that call, so something else must do its work later.
    """

    payload: dict[str, Any]
    after: Callable[[], None]
