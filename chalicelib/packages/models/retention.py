"""Extensions of a package's promise, and the facts of a decision; pure (docs/concepts/retention.md)."""

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
    """The requested promise ends before the present one."""


def as_extended(record: PackageRecord, body: Extend, retention: WorkspaceRetention) -> PackageRecord:
    """Return the record with the requested promise; unchanged when it has that promise already.

    Raises `Shortened` for an earlier date, and for a class with a shorter period in this workspace.
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
    """Return the facts for a decision on the package; `lock` is the known state of the store's locks."""
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
    """Return the package as the list of eligible packages shows it."""
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
