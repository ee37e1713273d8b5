"""Count what is in a folder, and clear one.

What hostile code leaves in a folder: counted while it runs, and taken away without harm afterwards.

A folder that cannot be read, or a path too long to be followed, hides what is below it: it counts as
too much. Taking away never follows a link, never recurses, and never leaves our folder.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BLOCK_BYTES = 512
OURS = 0o700


class Held(NamedTuple):
    """How many bytes and entries there are below a folder; `hidden` when some could not be counted."""

    size: int
    entries: int
    hidden: bool


def measure(folder: Path) -> Held:
    """What is below `folder`; a sparse file counts as long as it is, a reserved one as what it takes."""
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
        return Held(size, entries, hidden=True)
    return Held(size, entries, hidden=False)


def clear(folder: Path) -> None:
    """Take away everything below `folder`, however deep, odd or closed it is; the folder stays, and is ours.

    Nothing else may be at work in it any more. What is no folder is left as it is.
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
    """Take away every folder below `folder` with all that is in it; the files in `folder` itself stay."""
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
    """The entries of a folder; none of one that is gone by now."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(path) as entries:
        yield from entries


def _bytes(entry: "os.DirEntry[str]") -> int:
    with suppress(FileNotFoundError):
        found = entry.stat(follow_symlinks=False)
        return max(found.st_size, found.st_blocks * BLOCK_BYTES)
    return 0
