"""Count and remove the files that hostile code leaves in its folder.

The service counts while the code runs and removes afterwards. A folder that cannot be read hides its
files, and so does a path that is too long to follow: such a folder counts as too large. Removal never
follows a link, never recurses, and never leaves our folder.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BLOCK_BYTES = 512
OURS = 0o700


class FolderUsage(NamedTuple):
    """The bytes and entries below a folder; `hidden` when some of them could not be counted."""

    size: int
    entries: int
    hidden: bool


def measure(folder: Path) -> FolderUsage:
    """Return the bytes and entries below `folder`; each file counts its length or its blocks, the larger."""
    size = entries = 0
    waiting = [str(folder)]
    try:
        while waiting:
            for entry in _entries(waiting.pop()):
                entries += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    size += _bytes(entry)
    except OSError:
        return FolderUsage(size, entries, hidden=True)
    return FolderUsage(size, entries, hidden=False)


def clear(folder: Path) -> None:
    """Remove everything below `folder`, at any depth and with any mode; keep the folder itself.

    No other process may use the folder any more. A path that is not a folder stays as it is.
    """
    if not _is_folder(folder):
        return
    number, waiting = 0, [folder]
    while waiting:
        parent = waiting.pop()
        parent.chmod(OURS)
        for entry in list(os.scandir(parent)):
            if not entry.is_dir(follow_symlinks=False):
                Path(entry.path).unlink()
                continue
            number += 1
            Path(entry.path).chmod(OURS)
            # to the top first, so that no path grows longer than the system takes
            waiting.append(Path(entry.path).rename(_free(folder, number)))
        if parent != folder:
            parent.rmdir()


def flatten(folder: Path) -> None:
    """Remove every folder inside of `folder` with its content; keep the files of `folder` itself."""
    if not _is_folder(folder):
        return
    folder.chmod(OURS)
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            clear(Path(entry.path))
            Path(entry.path).rmdir()


def _is_folder(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return stat.S_ISDIR(path.lstat().st_mode)
    return False


def _free(folder: Path, number: int) -> Path:
    name = f".{number}"
    while os.path.lexists(folder / name):
        name += "."
    return folder / name


def _entries(path: str) -> Iterator["os.DirEntry[str]"]:
    """Yield the entries of a folder; none when the folder was removed meanwhile."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(path) as entries:
        yield from entries


def _bytes(entry: "os.DirEntry[str]") -> int:
    with suppress(FileNotFoundError):
        found = entry.stat(follow_symlinks=False)
        return max(found.st_size, found.st_blocks * BLOCK_BYTES)
    return 0
