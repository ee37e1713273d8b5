"""The progress bar of an ingest, on a terminal only."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from holdfast.api.messages import quantity
from holdfast.api.packages import Package

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Shown:
    """An observer that draws a bar on stderr, and remembers the id of the package."""

    def __init__(self) -> None:
        self.package_id: str | None = None
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def created(self, package: Package) -> None:
        """See `Observer`."""
        self.package_id = package.id

    def started(self, *, files: int, size: int) -> None:
        """See `Observer`."""
        if not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        columns = [TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()]
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(quantity(files, "file"), total=size)
        self._progress.start()

    def advanced(self, size: int) -> None:
        """See `Observer`."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, size)

    def stop(self) -> None:
        """Remove the bar. A second call does nothing."""
        if self._progress is not None:
            self._progress.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
