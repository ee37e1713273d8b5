"""Retention classes, holds, and a workspace's policy over them; pure (docs/concepts/retention.md)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import Field

from holdfast.api.retention import ClassList, ClassPeriod, RetentionClass, RetentionPolicy
from holdfast.api.schema import Entity

LATEST = datetime(9000, 1, 1, tzinfo=UTC)


PERIOD_DAYS: dict[RetentionClass, int | None] = {
    RetentionClass.TRANSIENT: 7,
    RetentionClass.RAW_EVIDENCE: 90,
    RetentionClass.SUMMARY_EVIDENCE: 365,
    RetentionClass.RELEASE_EVIDENCE: 2555,
    RetentionClass.PERMANENT_RECORD: None,
}


class Action(StrEnum):
    """What the audit chain of a workspace's retention tells (`source:subject:verb`)."""

    POLICY_CHANGED = "retention:policy:changed"
    CLASS_CHANGED = "retention:class:changed"


class WorkspaceRetention(Entity):
    """What a workspace has decided for itself: overridden periods in days, and its policy."""

    periods: dict[RetentionClass, int | None] = Field(default_factory=dict)
    policy: RetentionPolicy = RetentionPolicy()

    def period_days(self, retention_class: RetentionClass) -> int | None:
        """The period of a class here; None for ever."""
        return {**PERIOD_DAYS, **self.periods}[retention_class]

    def expires_at(self, retention_class: RetentionClass, since: datetime) -> datetime | None:
        """When a promise of that class, counted from `since`, ends here; None for never."""
        days = self.period_days(retention_class)
        return None if days is None else after_days(since, days)

    def classes(self) -> ClassList:
        """Every class with its period here and the one that it was seeded with."""
        return ClassList(items=[self._class(kind, seeded) for kind, seeded in PERIOD_DAYS.items()])

    def _class(self, kind: RetentionClass, seeded: int | None) -> ClassPeriod:
        return ClassPeriod(
            retention_class=kind,
            period_days=self.period_days(kind),
            seeded_period_days=seeded,
            overridden=kind in self.periods,
        )


SEEDED = WorkspaceRetention()


def expires_at(retention_class: RetentionClass, since: datetime) -> datetime | None:
    """When a promise of that seeded class, made at `since`, ends; None for never."""
    return SEEDED.expires_at(retention_class, since)


def after_days(moment: datetime, days: int) -> datetime | None:
    """`moment` and so many days; None, which is never, when no calendar reaches that far."""
    try:
        later = moment + timedelta(days=days)
    except OverflowError:
        return None
    return later if later < LATEST else None


def later_promise(first: datetime | None, second: datetime | None) -> datetime | None:
    """The later of two ends of a promise; None is never, and so the latest."""
    return None if first is None or second is None else max(first, second)


def is_shorter(wanted: datetime | None, promised: datetime | None) -> bool:
    """Whether the `wanted` end of a promise is before the one that was promised."""
    return later_promise(wanted, promised) != wanted


def is_shorter_period(wanted: int | None, promised: int | None) -> bool:
    """Whether a period in days is shorter than another; None is for ever."""
    return wanted is not None and (promised is None or wanted < promised)


def with_period(
    periods: Mapping[RetentionClass, int | None], kind: RetentionClass, days: int | None
) -> dict[RetentionClass, int | None]:
    """The overrides after `kind` was given a period; the seeded one is no override."""
    others = {name: period for name, period in periods.items() if name is not kind}
    return others if PERIOD_DAYS[kind] == days else {**others, kind: days}
