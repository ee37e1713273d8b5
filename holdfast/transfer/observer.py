"""Observers of an ingest. The program draws a progress bar; a caller of the SDK needs no observer."""

from typing import Protocol

from holdfast.api.packages import Package


class Observer(Protocol):
    """An observer of the steps of an ingest, in this order. Several threads call `advanced`."""

    def created(self, package: Package) -> None:
        """Note that the package exists. After an error, `resume` continues it."""

    def started(self, *, files: int, size: int) -> None:
        """Note how many files, with how many bytes in all, the package will have."""

    def advanced(self, size: int) -> None:
        """Note that `size` more bytes are in the store."""


class Unobserved:
    """An observer that does nothing."""

    def created(self, package: Package) -> None:
        """See `Observer`."""

    def started(self, *, files: int, size: int) -> None:
        """See `Observer`."""

    def advanced(self, size: int) -> None:
        """See `Observer`."""
