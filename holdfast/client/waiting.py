"""All waits of the client. A stop ends them early, and tests make them instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from holdfast.errors import Interrupted


class _Waits:
    """Real waits, or in tests a record of the waits."""

    def __init__(self) -> None:
        self.recorded: list[float] | None = None

    def wait(self, stopped: Event, seconds: float) -> None:
        if self.recorded is None:
            stopped.wait(seconds)
        else:
            self.recorded.append(seconds)


_waits = _Waits()


class Pause:
    """Waits that `stop` ends early. After `stop`, every thread that waits here raises `Interrupted`."""

    def __init__(self) -> None:
        self._stopped = Event()

    def wait(self, seconds: float) -> None:
        """Wait for `seconds`. Raise `Interrupted` as soon as `stop` is called."""
        _waits.wait(self._stopped, seconds)
        self.check()

    def stop(self) -> None:
        """End all waits, now and later."""
        self._stopped.set()

    def check(self) -> None:
        """Raise `Interrupted` when `stop` was called."""
        if self._stopped.is_set():
            raise Interrupted("INTERRUPTED", "The work was stopped before it was done.")


@contextmanager
def instantly() -> Iterator[list[float]]:
    """Make all waits inside the block instant, and record their seconds in a list. For tests only."""
    before, _waits.recorded = _waits.recorded, []
    try:
        yield _waits.recorded
    finally:
        _waits.recorded = before
