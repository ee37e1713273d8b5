"""Classes, holds, policies, and why a package is kept or may go."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from holdfast.api.moments import Moment
from holdfast.api.schema import Days, Entity, Flag, Limit, Reason, Request, Slug

DEFAULT_GRACE_DAYS = 30


class RetentionClass(StrEnum):
    """The seeded classes, shortest promise first."""

    TRANSIENT = "transient"
    RAW_EVIDENCE = "raw-evidence"
    SUMMARY_EVIDENCE = "summary-evidence"
    RELEASE_EVIDENCE = "release-evidence"
    PERMANENT_RECORD = "permanent-record"


class Hold(Entity):
    """A named reason why a package must not go, whatever its date; `event` is the audit event of it."""

    name: str
    reason: str
    applied_by: str
    applied_at: datetime
    event: str | None = None


class SetPolicy(Request):
    """PUT /retention/policy."""

    auto_delete: Flag
    grace_days: Days = DEFAULT_GRACE_DAYS
    reason: Reason


class SetClass(Request):
    """PUT /retention/classes/{retention_class}. A period of null is for ever."""

    period_days: Days | None
    reason: Reason


class RetentionPolicy(Entity):
    """Whether the workspace's sweep deletes what is eligible, and how long after that it waits."""

    auto_delete: bool = False
    grace_days: int = DEFAULT_GRACE_DAYS
    reason: str | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


class ClassPeriod(Entity):
    """One class as it is in the workspace; `period_days` null is for ever."""

    retention_class: RetentionClass
    period_days: int | None
    seeded_period_days: int | None
    overridden: bool


class ClassList(Entity):
    """Every class, shortest seeded promise first."""

    items: list[ClassPeriod]


class Decision(StrEnum):
    """What may become of a package's bytes."""

    KEEP = "keep"
    ELIGIBLE = "eligible"


class Rule(StrEnum):
    """What must be met before bytes may go."""

    SEALED = "sealed"
    EXPIRED = "expired"
    NOT_HELD = "not_held"
    STORE_RELEASES = "store_releases"


class LockState(StrEnum):
    """Whether the store's own locks are known to say what the table says."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DRIFT = "drift"


class LockMirror(Entity):
    """What Object Lock says of a package's objects, as it was last read back.

    `retain_until` and `hold` are the strictest that was found on any object. `next_check_at` is when a
    sweep looks again; None while nothing is open.
    """

    state: LockState
    detail: str
    retain_until: datetime | None = None
    hold: bool = False
    objects: int = 0
    checked_at: datetime | None = None
    next_check_at: datetime | None = None

    def releases(self, now: datetime) -> bool:
        """Whether the store is known to let the bytes go at `now`."""
        dated = self.retain_until is not None and now < self.retain_until
        return self.state is not LockState.PENDING and not self.hold and not dated


class RuleResult(Entity):
    """One rule: whether it is met, why, the date that it turns on and the audit event that made it so."""

    rule: Rule
    met: bool
    detail: str
    date: datetime | None = None
    reference: str | None = None


class AutoDelete(Entity):
    """What the workspace's own policy makes of the decision; `due` only when the sweep may delete now."""

    on: bool
    grace_days: int
    due_at: datetime | None
    due: bool


class Explanation(Entity):
    """The decision at one moment, with everything that led to it."""

    decision: Decision
    decided_at: datetime
    retention_class: RetentionClass
    expires_at: datetime | None
    holds: list[Hold]
    lock: LockMirror | None
    rules: list[RuleResult]
    auto_delete: AutoDelete

    @property
    def eligible(self) -> bool:
        """Whether every rule is met."""
        return self.decision is Decision.ELIGIBLE

    @property
    def reasons(self) -> list[str]:
        """Why it is kept, a sentence each; empty when it may go."""
        return [rule.detail for rule in self.rules if not rule.met]


MAX_HOLDS = 20


class Extend(Request):
    """POST /packages/{id}/retention: exactly one of the three, and why."""

    expires_at: Moment | None = None
    extend_days: Days | None = None
    retention_class: RetentionClass | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.expires_at, self.extend_days, self.retention_class]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("must name exactly one of expires_at, extend_days, retention_class")
        return self


class ApplyHold(Request):
    """POST /packages/{id}/holds."""

    name: Slug
    reason: Reason


class ReleaseHold(Request):
    """DELETE /packages/{id}/holds/{name}."""

    reason: Reason


class EligibleQuery(Request):
    """GET /retention/eligible."""

    limit: Limit = 50
    cursor: str | None = None


class EligiblePackage(Entity):
    """A package that may go, and why."""

    package_id: str
    kind: str
    producer: str
    name: str
    tenant: str | None
    file_count: int
    total_bytes: int
    expires_at: datetime | None
    explanation: Explanation


class EligiblePage(Entity):
    """One page of what may go, earliest end of its promise first."""

    items: list[EligiblePackage]
    next_cursor: str | None
