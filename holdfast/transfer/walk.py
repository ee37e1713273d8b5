"""The files of a directory, with the paths that they will have in a package.

A symbolic link to a regular file inside the directory is followed; that file is kept under both names.
Other links are refused: a link out of the directory, a broken link, and a link to a directory, whose
files would be kept twice or without end. Sockets, pipes and devices are refused too. Nothing is skipped
silently. Empty directories cannot be kept; they are reported.
"""

import os
import stat
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from holdfast.api.paths import broken_rule
from holdfast.errors import InputError, LocalError
from holdfast.producers.tree import LocalFile, stamp_of

AS_EFFECTIVE_USER = os.access in os.supports_effective_ids


class Walked(NamedTuple):
    """All files, sorted by path, and the empty directories."""

    files: list[LocalFile]
    empty_directories: list[str]


def walk(root: Path) -> Walked:
    """Return all files under `root`, sorted by path. There may be none.

    Raises `InputError` with the path and the rule for a file that cannot be kept. Raises `LocalError` for a
    file or directory that cannot be read.
    """
    base = os.path.realpath(root)
    if not os.path.isdir(base):  # noqa: PTH112  realpath has no equal in pathlib that keeps odd names
        raise InputError("NOT_A_DIRECTORY", f"{root} is not a directory.")
    found = Walked([], [])
    pending = [("", base)]
    while pending:
        prefix, folder = pending.pop()
        entries = _entries(folder)
        if not entries:
            found.empty_directories.append(prefix.rstrip("/") or ".")
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append((f"{prefix}{entry.name}/", entry.path))
            else:
                found.files.append(_file(entry, f"{prefix}{entry.name}", base))
    return Walked(_by_path(found.files), sorted(found.empty_directories))


def unreadable(path: str, error: OSError) -> LocalError:
    """Return the error for a file or directory that cannot be read."""
    return LocalError("UNREADABLE", f"{shown(path)} cannot be read: {error.strerror}.", path=shown(path))


def shown(path: str) -> str:
    """Return `path` for a message, also when it is not valid Unicode."""
    return path.encode("utf-8", "backslashreplace").decode()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise unreadable(folder, error) from error


def _file(entry: os.DirEntry[str], path: str, base: str) -> LocalFile:
    rule = broken_rule(path)
    if rule:
        raise InputError("INVALID_PATH", f"The file {shown(path)!r} cannot be kept: {rule}.", rule=rule)
    try:
        source = _inside(entry.path, path, base) if entry.is_symlink() else entry.path
        status = os.stat(source)  # noqa: PTH116  a Path for each of 100,000 files costs too much time
    except OSError as error:
        raise unreadable(path, error) from error
    _check_kind(status.st_mode, path)
    if not os.access(source, os.R_OK, effective_ids=AS_EFFECTIVE_USER):
        raise LocalError("UNREADABLE", f"{path} cannot be read: permission denied.", path=path)
    return LocalFile(unicodedata.normalize("NFC", path), source, stamp_of(status))


def _inside(link: str, path: str, base: str) -> str:
    try:
        target = os.path.realpath(link, strict=True)
    except OSError as error:
        raise InputError(
            "BROKEN_LINK", f"The link {path} is broken: its target does not exist.", path=path
        ) from error
    if os.path.commonpath([base, target]) != base:
        message = f"The link {path} leads out of the directory."
        raise InputError("LINK_LEAVES_DIRECTORY", message, path=path)
    if os.path.isdir(target):  # noqa: PTH112  as above
        message = f"The link {path} leads to a directory; its files would be kept twice, or without end."
        raise InputError("LINK_TO_DIRECTORY", message, path=path)
    return target


def _check_kind(mode: int, path: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    raise InputError("NOT_A_FILE", f"{path} is {kind}, not a file; it cannot be kept.", path=path)


def _by_path(files: list[LocalFile]) -> list[LocalFile]:
    files.sort(key=lambda file: file.path)
    for first, second in pairwise(files):
        if first.path == second.path:
            message = f"Two files have the name {first.path}: their spellings are equal in Unicode NFC."
            raise InputError("REPEATED_PATH", message, path=first.path)
    return files
