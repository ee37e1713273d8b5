"""Moments: how one is written, and which can be sent."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from holdfast.api.schema import DateTime


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC with `Z` and exactly six decimals, so that text sorts as time does."""
    # strftime writes the year 500 as `500`, which sorts after 2026
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def optional_rfc3339(moment: datetime | None) -> str | None:
    """`rfc3339`, with None for never."""
    return rfc3339(moment) if moment else None


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _sortable(moment: datetime) -> datetime:
    # what every zone can say and every key can sort: four digits of year, and none that overflows in UTC
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"must lie in the years {EARLIEST.year} to {LATEST.year - 1}")
    return moment


Moment = Annotated[DateTime, AfterValidator(_sortable)]
