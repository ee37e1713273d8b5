"""The only source of time. A test calls `freeze` to hold the time of the whole service."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_frozen: datetime | None = None


def now() -> datetime:
    """Return the current moment as an aware datetime in UTC."""
    return _frozen or datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait for `seconds`. Under a frozen clock only the clock moves, so no test has to wait."""
    global _frozen
    if _frozen is None:
        time.sleep(seconds)
    else:
        _frozen += timedelta(seconds=seconds)


def ticks() -> float:
    """Return the seconds of a clock that nobody sets and no test stops; only differences mean anything."""
    return time.monotonic()


def shifted(moment: datetime, seconds: float) -> datetime:
    """Return `moment` moved by `seconds`, into the past when `seconds` is negative."""
    return moment + timedelta(seconds=seconds)


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Hold `now()` at `moment`, an aware datetime, inside the block. Blocks may be nested."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
