"""A folder tree whose files appear whole or not at all, and which no key leads out of.

A file is written under a name that no key has, in the folder where it will be, reaches the disk, and is then
linked to its own name. A link fails where a file is already, which makes the write create-only.
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
    """The files under `root`, by key. Symbolic links below `root` are followed nowhere."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))

    def path(self, key: str) -> Path:
        """Where the file of `key` is or would be; `Invalid` (INVALID_KEY) when a link stands in the way."""
        path = self.root
        for segment in check_key(key).split("/"):
            path /= segment
            if path.is_symlink():
                raise refused_key(key, "a key does not lead over a symbolic link")
        return path

    def head(self, key: str) -> StoredObject | None:
        """The file under `key`, or None; a folder is nothing."""
        path = self.path(key)
        with os_errors(key):
            return _described(key, path)

    def read(self, key: str, start: int, end: int | None) -> Iterator[bytes]:
        """The bytes `[start, end)` of the file, as far as it reaches; `NotFound` at once without one."""
        if self.head(key) is None:
            raise not_found()
        return _chunks(key, self.path(key), start, end)

    def delete(self, key: str) -> bool:
        """Remove the file under `key` for good; whether there was one."""
        if self.head(key) is None:
            return False
        path = self.path(key)
        with os_errors(key):
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)
        return True

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """A file to write to, which becomes `key` when the block ends without an error.

        A file that is there already stays. `Invalid` (INVALID_KEY) when `key` is a folder or lies in a file.
        """
        path = self.path(key)
        with os_errors(key), _incoming(path) as target:
            yield target
            _to_disk(target)
            try:
                os.link(target.name, path)
            except FileExistsError:
                if _described(key, path) is None:
                    raise

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """All files below the folder `prefix` (ends in `/`), ordered by the bytes of their keys as in S3."""
        folder = self.path(check_prefix(prefix).removesuffix("/"))
        with os_errors(prefix):
            yield from _walk(folder, prefix)


def write_over(path: Path, data: bytes) -> None:
    """Write a file that replaces what was at `path`, whole or not at all."""
    with os_errors(path.name), _incoming(path) as target:
        target.write(data)
        _to_disk(target)
        Path(target.name).replace(path)


@contextmanager
def os_errors(key: str) -> Iterator[None]:
    """Raise our errors for the system's, without a path in them."""
    try:
        yield
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise refused_key(key, "a key is not at once an object and the prefix of others") from error
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


def _to_disk(target: BinaryIO) -> None:
    target.flush()
    os.fsync(target.fileno())


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    # A name is in its folder's own data: without this a crash may lose the file that is safely on disk.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _described(key: str, path: Path) -> StoredObject | None:
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
        elif found := _described(key, Path(entry.path)):
            yield found


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if not entry.name.startswith(INCOMING)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(named, key=_place_in_listing)


def _place_in_listing(entry: "os.DirEntry[str]") -> bytes:
    # A folder's keys all have `/` after its name, which decides between `a-b` and `a/b`.
    slash = "/" if entry.is_dir(follow_symlinks=False) else ""
    return os.fsencode(entry.name + slash)
