"""The only source of time. A test calls `freeze`, and the whole service stands at that moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_frozen: datetime | None = None


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return _frozen or datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait; under a frozen clock only the clock moves, so that no test ever waits."""
    global _frozen
    if _frozen is None:
        time.sleep(seconds)
    else:
        _frozen += timedelta(seconds=seconds)


def ticks() -> float:
    """Seconds of a clock that nobody sets and no test stops: only the difference of two means anything."""
    return time.monotonic()


def shifted(moment: datetime, seconds: float) -> datetime:
    """`moment` moved by `seconds`, into the past when negative."""
    return moment + timedelta(seconds=seconds)


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Hold `now()` at `moment`, an aware datetime, inside the block. Nests."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
