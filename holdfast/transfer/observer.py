"""Who watches an ingest: the program draws a progress bar, a caller of the SDK need not look."""

from typing import Protocol

from holdfast.api.packages import Package


class Observer(Protocol):
    """Told what happens, in this order; `advanced` comes from several threads."""

    def created(self, package: Package) -> None:
        """The package exists: from here on an error leaves it behind, and `resume` continues it."""

    def started(self, *, files: int, size: int) -> None:
        """So many files with so many bytes in all will be in the package."""

    def advanced(self, size: int) -> None:
        """`size` more bytes are in the store."""


class Unobserved:
    """Looks away."""

    def created(self, package: Package) -> None:
        """See `Observer`."""

    def started(self, *, files: int, size: int) -> None:
        """See `Observer`."""

    def advanced(self, size: int) -> None:
        """See `Observer`."""
