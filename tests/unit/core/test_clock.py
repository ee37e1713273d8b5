"""One source of time, which a test can hold still."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.core import clock
from holdfast.api import moments as moments_api
from tests.support.factories import MOMENT


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_frozen_clock_stands_still_and_freezes_nest() -> None:
    later = MOMENT + timedelta(days=1)
    with clock.freeze(MOMENT):
        assert clock.now() == clock.now() == MOMENT
        with clock.freeze(later):
            assert clock.now() == later
        assert clock.now() == MOMENT
    assert clock.now() != MOMENT


def test_a_clock_is_released_when_the_block_raises() -> None:
    with pytest.raises(LookupError), clock.freeze(MOMENT):
        raise LookupError
    assert clock.now() != MOMENT


def test_under_a_frozen_clock_only_the_clock_sleeps() -> None:
    with clock.freeze(MOMENT):
        clock.sleep(3600)
        assert clock.now() == MOMENT + timedelta(hours=1)


def test_a_moment_is_shifted_both_ways() -> None:
    assert clock.shifted(MOMENT, 90) - MOMENT == timedelta(seconds=90)
    assert MOMENT - clock.shifted(MOMENT, -90) == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (MOMENT, "2026-03-14T15:09:26.535898Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000000Z"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2025-12-31T22:00:00.000000Z"),
        (datetime(500, 1, 1, tzinfo=UTC), "0500-01-01T00:00:00.000000Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_z_and_six_decimals(moment: datetime, text: str) -> None:
    assert moments_api.rfc3339(moment) == text


def test_text_sorts_as_time_does() -> None:
    moments = [
        datetime(year, month, 1, tzinfo=UTC) for year in (1, 500, 1970, 2026, 9999) for month in (2, 11)
    ]
    written = [moments_api.rfc3339(moment) for moment in moments]
    assert written == sorted(written)
    assert {len(text) for text in written} == {len("2026-03-14T15:09:26.535898Z")}


def test_never_is_written_as_nothing() -> None:
    assert moments_api.optional_rfc3339(None) is None
    assert moments_api.optional_rfc3339(MOMENT) == moments_api.rfc3339(MOMENT)
