"""Reading and hashing of files that must not change meanwhile. Small files stay in memory."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from typing import NamedTuple

from holdfast.api.uploads import DeclaredFile
from holdfast.client.waiting import Pause
from holdfast.errors import LocalError
from holdfast.producers.tree import LocalFile, stamp_of
from holdfast.transfer.buffer import Buffer
from holdfast.transfer.media import media_type
from holdfast.transfer.walk import unreadable

SMALL_BYTES = 1024 * 1024
CHUNK_BYTES = 1024 * 1024


class Hashed(NamedTuple):
    """A file with its SHA-256 (hex), and with its bytes when there was room for them."""

    file: LocalFile
    sha256: str
    body: bytes | None

    @property
    def kept_bytes(self) -> int:
        """The number of bytes that the file takes in the buffer."""
        return len(self.body or b"")

    def declared(self) -> DeclaredFile:
        """Return the file as an upload plan declares it."""
        return DeclaredFile(
            path=self.file.path,
            sha256=self.sha256,
            size=self.file.stamp.size,
            media_type=media_type(self.file.path),
        )


def hashed(file: LocalFile, buffer: Buffer, pause: Pause) -> Hashed:
    """Read the file once and hash it. Keep the bytes of a small file while `buffer` has room.

    Raises `LocalError` when the file cannot be read or has changed since the walk, and `Interrupted` after
    a stop.
    """
    pause.check()
    size = file.stamp.size
    if size > SMALL_BYTES or not buffer.reserve(size):
        return Hashed(file, hash_of(file, pause), None)
    with _unchanged(file) as handle:
        body = _exactly(file, handle, size)
    return Hashed(file, hashlib.sha256(body).hexdigest(), body)


def hash_of(file: LocalFile, pause: Pause) -> str:
    """Return the SHA-256 (hex) of the file. Read 1 MiB at a time. Raises as `hashed` does."""
    digest = hashlib.sha256()
    for chunk in streamed(file, 0, file.stamp.size, pause):
        digest.update(chunk)
    return digest.hexdigest()


def streamed(file: LocalFile, offset: int, length: int, pause: Pause) -> Iterator[bytes]:
    """Yield bytes `[offset, offset + length)` of the file, 1 MiB at a time. Raises as `hashed` does."""
    with _unchanged(file) as handle:
        handle.seek(offset)
        yield from _chunks(file, handle, length, pause)


@contextmanager
def _unchanged(file: LocalFile) -> Iterator[FileIO]:
    try:
        with FileIO(file.source) as handle:
            _check_stamp(file, handle)
            yield handle
            _check_stamp(file, handle)
    except OSError as error:
        raise unreadable(file.path, error) from error


def _check_stamp(file: LocalFile, handle: FileIO) -> None:
    if stamp_of(os.fstat(handle.fileno())) != file.stamp:
        raise _changed(file)


def _chunks(file: LocalFile, handle: FileIO, length: int, pause: Pause) -> Iterator[bytes]:
    while length > 0:
        pause.check()
        chunk = _exactly(file, handle, min(length, CHUNK_BYTES))
        length -= len(chunk)
        yield chunk


def _exactly(file: LocalFile, handle: FileIO, size: int) -> bytes:
    body = handle.read(size) or b""
    while len(body) < size:
        more = handle.read(size - len(body))
        if not more:
            raise _changed(file)
        body += more
    return body


def _changed(file: LocalFile) -> LocalError:
    return LocalError(
        "FILE_CHANGED",
        f"{file.path} changed during the ingest.",
        next_step="Ingest the directory again when no program writes to it.",
        path=file.path,
    )
