"""Retention classes and the pure rules over them (packages.md, "Retention")."""

from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core.schema import Entity


class RetentionClass(StrEnum):
    """The seeded classes, shortest promise first."""

    TRANSIENT = "transient"
    RAW_EVIDENCE = "raw-evidence"
    SUMMARY_EVIDENCE = "summary-evidence"
    RELEASE_EVIDENCE = "release-evidence"
    PERMANENT_RECORD = "permanent-record"


PERIOD_DAYS: dict[RetentionClass, int | None] = {
    RetentionClass.TRANSIENT: 7,
    RetentionClass.RAW_EVIDENCE: 90,
    RetentionClass.SUMMARY_EVIDENCE: 365,
    RetentionClass.RELEASE_EVIDENCE: 2555,
    RetentionClass.PERMANENT_RECORD: None,
}


class Hold(Entity):
    """A named reason why a package must not go, whatever its date."""

    name: str
    reason: str
    applied_by: str
    applied_at: datetime


def expires_at(retention_class: RetentionClass, since: datetime) -> datetime | None:
    """When a promise of that class, made at `since`, ends; None for never."""
    days = PERIOD_DAYS[retention_class]
    return None if days is None else since + timedelta(days=days)
