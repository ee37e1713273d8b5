"""Retention classes, their periods, and a workspace's policy; pure (docs/concepts/retention.md)."""

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
    """The actions in the audit chain of a workspace's retention (`source:subject:verb`)."""

    POLICY_CHANGED = "retention:policy:changed"
    CLASS_CHANGED = "retention:class:changed"


class WorkspaceRetention(Entity):
    """The decisions of one workspace: overridden periods in days, and its policy."""

    periods: dict[RetentionClass, int | None] = Field(default_factory=dict)
    policy: RetentionPolicy = RetentionPolicy()

    def period_days(self, retention_class: RetentionClass) -> int | None:
        """Return the period of a class in this workspace, in days; None for ever."""
        return {**PERIOD_DAYS, **self.periods}[retention_class]

    def expires_at(self, retention_class: RetentionClass, since: datetime) -> datetime | None:
        """Return when a promise of that class, counted from `since`, ends here; None is never."""
        days = self.period_days(retention_class)
        return None if days is None else after_days(since, days)

    def classes(self) -> ClassList:
        """Return every class with its period in this workspace and its default period."""
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
    """Return when a promise of that class, made at `since`, ends with the default period; None is never."""
    return SEEDED.expires_at(retention_class, since)


def after_days(moment: datetime, days: int) -> datetime | None:
    """Return `moment` plus `days`; None, which means never, when the calendar does not reach that far."""
    try:
        later = moment + timedelta(days=days)
    except OverflowError:
        return None
    return later if later < LATEST else None


def later_promise(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return the later of two ends of a promise; None is never, and so the latest."""
    return None if first is None or second is None else max(first, second)


def is_shorter(wanted: datetime | None, promised: datetime | None) -> bool:
    """Return whether the `wanted` end of a promise is before the promised one."""
    return later_promise(wanted, promised) != wanted


def is_shorter_period(wanted: int | None, promised: int | None) -> bool:
    """Return whether the `wanted` period in days is shorter than the `promised` one; None is for ever."""
    return wanted is not None and (promised is None or wanted < promised)


def with_period(
    periods: Mapping[RetentionClass, int | None], kind: RetentionClass, days: int | None
) -> dict[RetentionClass, int | None]:
    """Return the overrides after `kind` gets a period; the default period is no override."""
    others = {name: period for name, period in periods.items() if name is not kind}
    return others if PERIOD_DAYS[kind] == days else {**others, kind: days}
