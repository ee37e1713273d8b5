"""What is asked of a package's retention, and what may go; pure (docs/concepts/retention.md)."""

from chalicelib.packages.models.package import PackageRecord
from chalicelib.retention.models.classes import (
    WorkspaceRetention,
    after_days,
    is_shorter,
    is_shorter_period,
    later_promise,
)
from chalicelib.retention.models.eligibility import Facts
from holdfast.api.retention import (
    EligiblePackage,
    Explanation,
    Extend,
    LockMirror,
    RetentionClass,
    RetentionPolicy,
)


class Shortened(Exception):
    """What was asked for ends before what was promised."""


def as_extended(record: PackageRecord, body: Extend, retention: WorkspaceRetention) -> PackageRecord:
    """The record with the longer promise; as it is when that was promised already.

    Raises `Shortened` for an earlier date, or a class whose period here is shorter.
    """
    if body.retention_class is not None:
        return _as_reclassed(record, body.retention_class, retention)
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


def _as_reclassed(
    record: PackageRecord, kind: RetentionClass, retention: WorkspaceRetention
) -> PackageRecord:
    before, after = retention.period_days(record.retention_class), retention.period_days(kind)
    if is_shorter_period(after, before):
        raise Shortened
    promised = retention.expires_at(kind, record.finalized_at or record.created_at)
    ends = later_promise(record.expires_at, promised)
    return record.model_copy(update={"retention_class": kind, "expires_at": ends})
