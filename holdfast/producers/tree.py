"""The directory as producers see it: paths, and reports that are read within limits."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from holdfast.producers.documents import MAX_REPORT_BYTES, UnreadableReport, json_object


class Stamp(NamedTuple):
    """The state of a file on disk. A changed or replaced file has another stamp."""

    size: int
    mtime_ns: int
    inode: int
    device: int


class LocalFile(NamedTuple):
    """A file to keep: its path in the package (NFC), its place on disk, and its stamp during the walk."""

    path: str
    source: str
    stamp: Stamp


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp in the result of a `stat` call."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)


END_BYTES = 64 * 1024


class Tree:
    """The files of the directory, read-only, by their paths in the package."""

    def __init__(self, files: Sequence[LocalFile]) -> None:
        self._files = {file.path: file for file in files}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def paths(self, prefix: str = "") -> list[str]:
        """Return the paths that start with `prefix`, sorted."""
        return [path for path in self._files if path.startswith(prefix)]

    def json_object(self, path: str) -> dict[str, Any]:
        """Return the JSON object in the file. Raises `UnreadableReport` as `read` and `json_object` do."""
        return json_object(self.read(path))

    def size(self, path: str) -> int:
        """Return the number of bytes that the file had during the walk."""
        return self._files[path].stamp.size

    def read(self, path: str) -> bytes:
        """Return all bytes of the file.

        Raises `UnreadableReport` when the file is missing, over MAX_REPORT_BYTES, or changed since the walk.
        """
        if path not in self._files:
            raise UnreadableReport("is missing")
        if self.size(path) > MAX_REPORT_BYTES:
            raise UnreadableReport(f"is over {MAX_REPORT_BYTES} bytes and was not read")
        return self._bytes(path, [(0, self.size(path))])

    def ends(self, path: str) -> bytes:
        """Return the first and the last END_BYTES of the file, or all of it. Raises as `read`."""
        size = self.size(path)
        last = max(END_BYTES, size - END_BYTES)
        return self._bytes(path, [(0, min(size, END_BYTES)), (last, max(0, size - last))])

    def _bytes(self, path: str, ranges: list[tuple[int, int]]) -> bytes:
        file = self._files[path]
        try:
            # without O_NONBLOCK, a pipe in the place of the file would block the program
            descriptor = os.open(file.source, os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb", buffering=0) as handle:
                if stamp_of(os.fstat(descriptor)) != file.stamp:
                    raise UnreadableReport("has changed meanwhile and was not read")
                return b"".join(os.pread(handle.fileno(), length, offset) for offset, length in ranges)
        except OSError as error:
            raise UnreadableReport(f"cannot be read ({error.strerror})") from error
