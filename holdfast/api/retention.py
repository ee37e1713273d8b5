"""Retention: classes, holds, policies, and the decision whether a package may be deleted."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from holdfast.api.moments import Moment
from holdfast.api.schema import Days, Entity, Flag, Limit, Reason, Request, Slug

DEFAULT_GRACE_DAYS = 30


class RetentionClass(StrEnum):
    """The seeded retention classes, shortest period first."""

    TRANSIENT = "transient"
    RAW_EVIDENCE = "raw-evidence"
    SUMMARY_EVIDENCE = "summary-evidence"
    RELEASE_EVIDENCE = "release-evidence"
    PERMANENT_RECORD = "permanent-record"


class Hold(Entity):
    """A named reason to keep a package, whatever its date. `event` is the audit event of the hold."""

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
    """PUT /retention/classes/{retention_class}. A period of null never ends."""

    period_days: Days | None
    reason: Reason


class RetentionPolicy(Entity):
    """The retention policy of a workspace.

    With `auto_delete`, the sweep deletes packages that have been eligible for `grace_days`.
    """

    auto_delete: bool = False
    grace_days: int = DEFAULT_GRACE_DAYS
    reason: str | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


class ClassPeriod(Entity):
    """One class with its period in this workspace. A period of null never ends."""

    retention_class: RetentionClass
    period_days: int | None
    seeded_period_days: int | None
    overridden: bool


class ClassList(Entity):
    """Every class, shortest seeded period first."""

    items: list[ClassPeriod]


class Decision(StrEnum):
    """The decision about a package's bytes."""

    KEEP = "keep"
    ELIGIBLE = "eligible"


class Rule(StrEnum):
    """A condition that must be met before bytes may be deleted."""

    FINALIZED = "sealed"
    EXPIRED = "expired"
    NOT_HELD = "not_held"
    STORE_RELEASES = "store_releases"


class LockState(StrEnum):
    """The state of the store's own locks, compared with the table."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DRIFT = "drift"


class LockMirror(Entity):
    """The Object Lock state of a package's objects, as it was last read back.

    `retain_until` and `hold` are the strictest values on any object. `next_check_at` is the moment when a
    sweep looks again; it is None while nothing is open.
    """

    state: LockState
    detail: str
    retain_until: datetime | None = None
    hold: bool = False
    objects: int = 0
    checked_at: datetime | None = None
    next_check_at: datetime | None = None

    def releases(self, now: datetime) -> bool:
        """Return whether the store is known to allow the deletion of the bytes at `now`."""
        dated = self.retain_until is not None and now < self.retain_until
        return self.state is not LockState.PENDING and not self.hold and not dated


class RuleResult(Entity):
    """One rule with its result. `date` decides the rule; `reference` is the audit event that set it."""

    rule: Rule
    met: bool
    detail: str
    date: datetime | None = None
    reference: str | None = None


class AutoDelete(Entity):
    """The effect of the workspace's policy on the decision. `due` is true when the sweep may delete now."""

    on: bool
    grace_days: int
    due_at: datetime | None
    due: bool


class Explanation(Entity):
    """The decision at one moment, with its rules, dates, holds and locks."""

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
        """Return whether every rule is met."""
        return self.decision is Decision.ELIGIBLE

    @property
    def reasons(self) -> list[str]:
        """The reasons why the package is kept, one sentence each. Empty when it may be deleted."""
        return [rule.detail for rule in self.rules if not rule.met]


MAX_HOLDS = 20


class Extend(Request):
    """POST /packages/{id}/retention: exactly one of the three ways to extend, and the reason."""

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
    """A package that may be deleted, with the explanation."""

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
    """One page of packages that may be deleted, earliest expiry first."""

    items: list[EligiblePackage]
    next_cursor: str | None
