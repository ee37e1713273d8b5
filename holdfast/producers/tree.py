"""The walked directory as producers see it: paths, and reports that are read within limits."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from holdfast.producers.documents import MAX_REPORT_BYTES, UnreadableReport, json_object


class Stamp(NamedTuple):
    """What tells a file from the same file changed or replaced: bytes, nanoseconds, and identity."""

    size: int
    mtime_ns: int
    inode: int
    device: int


class LocalFile(NamedTuple):
    """A file to keep: its path in the package (NFC), where it lies, and its stamp when it was found."""

    path: str
    source: str
    stamp: Stamp


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp in a stat answer."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)


END_BYTES = 64 * 1024


class Tree:
    """Read-only, by the paths that the package will have."""

    def __init__(self, files: Sequence[LocalFile]) -> None:
        self._files = {file.path: file for file in files}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def paths(self, prefix: str = "") -> list[str]:
        """The paths that start with `prefix`, sorted."""
        return [path for path in self._files if path.startswith(prefix)]

    def json_object(self, path: str) -> dict[str, Any]:
        """The JSON object in the file. Raises `UnreadableReport` as `read` and `documents.json_object` do."""
        return json_object(self.read(path))

    def size(self, path: str) -> int:
        """How many bytes the file had when the walk found it."""
        return self._files[path].stamp.size

    def read(self, path: str) -> bytes:
        """All bytes of the file.

        Raises `UnreadableReport` when it is missing, over MAX_REPORT_BYTES, or not what the walk found.
        """
        if path not in self._files:
            raise UnreadableReport("is missing")
        if self.size(path) > MAX_REPORT_BYTES:
            raise UnreadableReport(f"is over {MAX_REPORT_BYTES} bytes and was not read")
        return self._bytes(path, [(0, self.size(path))])

    def ends(self, path: str) -> bytes:
        """The first and the last END_BYTES of the file, or all of it; raises `UnreadableReport` as `read`."""
        size = self.size(path)
        last = max(END_BYTES, size - END_BYTES)
        return self._bytes(path, [(0, min(size, END_BYTES)), (last, max(0, size - last))])

    def _bytes(self, path: str, ranges: list[tuple[int, int]]) -> bytes:
        file = self._files[path]
        try:
            # a pipe that took the file's place would otherwise hold the program up
            descriptor = os.open(file.source, os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb", buffering=0) as handle:
                if stamp_of(os.fstat(descriptor)) != file.stamp:
                    raise UnreadableReport("has changed meanwhile and was not read")
                return b"".join(os.pread(handle.fileno(), length, offset) for offset, length in ranges)
        except OSError as error:
            raise UnreadableReport(f"cannot be read ({error.strerror})") from error
