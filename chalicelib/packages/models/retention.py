"""What is asked of a package's retention, and what may go; pure (packages.md, "Retention")."""

from datetime import datetime
from typing import Self

from pydantic import model_validator

from chalicelib.core.schema import Days, Entity, Limit, Reason, Request, Slug
from chalicelib.packages.models.package import Moment, PackageRecord
from chalicelib.retention.models.classes import (
    RetentionClass,
    RetentionPolicy,
    WorkspaceRetention,
    after_days,
    is_shorter,
    is_shorter_period,
    later_promise,
)
from chalicelib.retention.models.eligibility import Explanation, Facts, LockMirror

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


class Shortened(Exception):
    """What was asked for ends before what was promised."""


def extended(record: PackageRecord, body: Extend, retention: WorkspaceRetention) -> PackageRecord:
    """The record with the longer promise; as it is when that was promised already.

    Raises `Shortened` for an earlier date, or a class whose period here is shorter.
    """
    if body.retention_class is not None:
        return _reclassed(record, body.retention_class, retention)
    wanted = body.expires_at
    if body.extend_days is not None:
        wanted = after_days(record.expires_at, body.extend_days) if record.expires_at else None
    if is_shorter(wanted, record.expires_at):
        raise Shortened
    return record.model_copy(update={"expires_at": wanted})


def facts(record: PackageRecord, policy: RetentionPolicy, *, lock: LockMirror | None) -> Facts:
    """What a decision on the package is made of; `lock` is what is known of the store's own locks."""
    return Facts(
        status=record.status,
        retention_class=record.retention_class,
        expires_at=record.expires_at,
        promised_by=record.promised_by,
        holds=record.holds,
        released_at=record.released_at,
        lock=lock,
        policy=policy,
    )


def to_eligible(record: PackageRecord, explanation: Explanation) -> EligiblePackage:
    """The package as the list of what may go shows it."""
    shown = record.model_dump(include=set(EligiblePackage.model_fields))
    return EligiblePackage(package_id=record.id, tenant=record.tenant, explanation=explanation, **shown)


def _reclassed(record: PackageRecord, kind: RetentionClass, retention: WorkspaceRetention) -> PackageRecord:
    before, after = retention.period_days(record.retention_class), retention.period_days(kind)
    if is_shorter_period(after, before):
        raise Shortened
    promised = retention.expires_at(kind, record.finalized_at or record.created_at)
    ends = later_promise(record.expires_at, promised)
    return record.model_copy(update={"retention_class": kind, "expires_at": ends})
