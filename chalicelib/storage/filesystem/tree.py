"""A folder tree whose files appear whole or not at all. No key leads out of the tree.

A file is first written under a name that no key can have, in its final folder, and synced to the disk. Then
it is linked to its own name. A link fails where a file exists already, which makes the write create-only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from chalicelib.core.errors import Unavailable, not_found
from chalicelib.storage.keys import INCOMING, check_key, check_prefix, refused_key
from chalicelib.storage.protocol import CHUNK_BYTES, StoredObject
from holdfast.api.codes import UNAVAILABLE


class Tree:
    """The files under `root`, by key. Symbolic links below `root` are never followed."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))

    def path(self, key: str) -> Path:
        """Return the path of the file of `key`, whether or not the file exists.

        Raises `Invalid` (INVALID_KEY) when a symbolic link is on the way.
        """
        path = self.root
        for segment in check_key(key).split("/"):
            path /= segment
            if path.is_symlink():
                raise refused_key(key, "a key must not lead over a symbolic link")
        return path

    def head(self, key: str) -> StoredObject | None:
        """Return the description of the file under `key`, or None. A folder counts as no file."""
        path = self.path(key)
        with os_errors(key):
            return _describe(key, path)

    def read(self, key: str, start: int, end: int | None) -> Iterator[bytes]:
        """Return the bytes `[start, end)` of the file, up to its end, in chunks.

        Raises `NotFound` at once when there is no file.
        """
        if self.head(key) is None:
            raise not_found()
        return _chunks(key, self.path(key), start, end)

    def delete(self, key: str) -> bool:
        """Remove the file under `key` permanently and return whether there was one."""
        if self.head(key) is None:
            return False
        path = self.path(key)
        with os_errors(key):
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)
        return True

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Open a file to write to, which becomes `key` when the block ends without an error.

        An existing file stays. Raises `Invalid` (INVALID_KEY) when `key` is a folder or lies below a file.
        """
        path = self.path(key)
        with os_errors(key), _incoming(path) as target:
            yield target
            _flush_to_disk(target)
            try:
                os.link(target.name, path)
            except FileExistsError:
                if _describe(key, path) is None:
                    raise

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield all files below the folder `prefix` (ends in `/`), in the order of S3."""
        folder = self.path(check_prefix(prefix).removesuffix("/"))
        with os_errors(prefix):
            yield from _walk(folder, prefix)


def write_over(path: Path, data: bytes) -> None:
    """Write a file that replaces the one at `path`, whole or not at all."""
    with os_errors(path.name), _incoming(path) as target:
        target.write(data)
        _flush_to_disk(target)
        Path(target.name).replace(path)


@contextmanager
def os_errors(key: str) -> Iterator[None]:
    """Raise errors of Holdfast in place of the system's, without a path in them."""
    try:
        yield
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise refused_key(key, "a key cannot be an object and the prefix of other keys") from error
    except OSError as error:
        raise Unavailable(
            UNAVAILABLE, f"The storage folder cannot be used now ({error.strerror}); try again shortly."
        ) from error


@contextmanager
def _incoming(path: Path) -> Iterator[BinaryIO]:
    _make_folder(path.parent)
    with NamedTemporaryFile(dir=path.parent, prefix=INCOMING, delete=False) as target:
        try:
            yield cast("BinaryIO", target)
        finally:
            Path(target.name).unlink(missing_ok=True)
    _sync_folder(path.parent)


def _flush_to_disk(target: BinaryIO) -> None:
    target.flush()
    os.fsync(target.fileno())


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    # A folder's own data holds its names: without this sync a crash may lose a file whose bytes are on disk.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _describe(key: str, path: Path) -> StoredObject | None:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not S_ISREG(found.st_mode):
        return None
    return StoredObject(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _chunks(key: str, path: Path, start: int, end: int | None) -> Iterator[bytes]:
    with os_errors(key), path.open("rb") as source:
        source.seek(start)
        left = CHUNK_BYTES if end is None else end - start
        while left > 0 and (chunk := source.read(min(CHUNK_BYTES, left))):
            yield chunk
            left = CHUNK_BYTES if end is None else left - len(chunk)


def _walk(folder: Path, prefix: str) -> Iterator[StoredObject]:
    for entry in _entries(folder):
        key = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{key}/")
        elif found := _describe(key, Path(entry.path)):
            yield found


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if not entry.name.startswith(INCOMING)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(named, key=_place_in_listing)


def _place_in_listing(entry: "os.DirEntry[str]") -> bytes:
    # All keys below a folder have `/` after its name, which decides between `a-b` and `a/b`.
    slash = "/" if entry.is_dir(follow_symlinks=False) else ""
    return os.fsencode(entry.name + slash)
