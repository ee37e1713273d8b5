"""Retention classes and the rule of when a promise ends (docs/concepts/retention.md)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retention.models.classes import PERIOD_DAYS, expires_at
from holdfast.api.retention import RetentionClass
from tests.support.factories import MOMENT

ZONES = [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]


@pytest.mark.parametrize(
    ("name", "days"),
    [("transient", 7), ("raw-evidence", 90), ("summary-evidence", 365), ("release-evidence", 2555)],
)
def test_a_promise_ends_the_days_of_its_class_after_it_was_made(name: str, days: int) -> None:
    assert expires_at(RetentionClass(name), MOMENT) == MOMENT + timedelta(days=days)


def test_a_permanent_record_never_expires() -> None:
    assert expires_at(RetentionClass.PERMANENT_RECORD, MOMENT) is None


def test_every_class_has_a_period() -> None:
    assert set(PERIOD_DAYS) == set(RetentionClass)


@given(st.datetimes(datetime(1970, 1, 1), datetime(8000, 1, 1), timezones=st.sampled_from(ZONES)))  # noqa: DTZ001  zones come from the strategy
def test_a_longer_class_never_ends_before_a_shorter_one(since: datetime) -> None:
    ends = [expires_at(name, since) for name in RetentionClass]
    assert ends[-1] is None
    limited = [end for end in ends if end]
    assert limited == sorted(limited)
    assert len(limited) == len(RetentionClass) - 1
