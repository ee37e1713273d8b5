"""Moments: their text form, and the range that a request may use."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from holdfast.api.schema import DateTime


def rfc3339(moment: datetime) -> str:
    """Return `moment` as RFC 3339 text in UTC, with `Z` and six decimals. Such texts sort by time."""
    # strftime writes the year 500 as `500`, which sorts after 2026
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def optional_rfc3339(moment: datetime | None) -> str | None:
    """Return `rfc3339(moment)`, or None for None."""
    return rfc3339(moment) if moment else None


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _sortable(moment: datetime) -> datetime:
    # every time zone can write such a moment, and every key can sort it: the year has four digits in UTC too
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"must lie in the years {EARLIEST.year} to {LATEST.year - 1}")
    return moment


Moment = Annotated[DateTime, AfterValidator(_sortable)]
