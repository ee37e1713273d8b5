"""The places on this disk for a package's files. All checks run before anything is written."""

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

from holdfast.api.manifests import ManifestFile
from holdfast.api.paths import broken_rule
from holdfast.errors import InputError
from holdfast.producers.tree import LocalFile, stamp_of
from holdfast.transfer.checks import Verdict
from holdfast.transfer.verify import check_local

SHOWN_PATHS = 5


def prepared(directory: Path) -> Path:
    """Create the directory where it is missing. Return its real path, without links.

    Raises `InputError` when the path is not a directory, `OSError` when it cannot be created.
    """
    if directory.exists() and not directory.is_dir():
        raise InputError("NOT_A_DIRECTORY", f"{directory} exists and is not a directory.")
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


def check_paths(paths: Iterable[str], root: Path) -> None:
    """Raise `InputError` for an unsafe path, and for two paths that the disk of `root` cannot keep apart."""
    every: dict[str, str] = {}
    folds = _ignores_case(root)
    for path in paths:
        rule = broken_rule(path)
        if rule:
            raise InputError("UNSAFE_PATH", f"The manifest's path {path!r} is not written: {rule}.")
        other = every.setdefault(path.casefold() if folds else path, path)
        if other != path:
            message = f"{other} and {path} differ only in case, and {root} cannot keep them apart."
            raise InputError("CASE_COLLISION", message, next_step="Choose a directory on another disk.")
    _check_parents(set(every.values()), root)


def already_there(files: Iterable[ManifestFile], root: Path) -> set[str]:
    """Return the paths that exist with the right bytes. Raises `InputError` for a path with other bytes."""
    taken = [file for file in files if os.path.lexists(root / file.path)]
    other = [file.path for file in taken if not _same(file, root / file.path)]
    if other:
        more = f" and {len(other) - SHOWN_PATHS} more" if len(other) > SHOWN_PATHS else ""
        raise InputError(
            "IN_THE_WAY",
            f"Other content is in the way, and nothing was written: {', '.join(other[:SHOWN_PATHS])}{more}.",
            next_step="Choose an empty directory, or move these files away.",
            paths=other,
        )
    return {file.path for file in taken}


def draft_of(target: Path) -> Path:
    """Return a temporary name beside `target` for bytes that are not verified yet."""
    return target.with_name(f".holdfast-{token_hex(8)}.part")


def place(draft: Path, target: Path) -> None:
    """Rename the draft to `target`. Raises `InputError` when `target` exists meanwhile."""
    if os.path.lexists(target):
        raise InputError(
            "IN_THE_WAY", f"{target} was created meanwhile by somebody else; it was left as it is."
        )
    draft.replace(target)


def _ignores_case(root: Path) -> bool:
    probe = root / f".holdfast-{token_hex(8)}-a"
    probe.touch(exist_ok=False)
    try:
        return probe.with_name(probe.name.upper()).exists()
    finally:
        probe.unlink()


def _check_parents(paths: set[str], root: Path) -> None:
    parents = {str(parent) for path in paths for parent in Path(path).parents}
    for both in sorted(parents & paths):
        message = f"{both} is a file in the package and a directory of other files; a disk keeps one of them."
        raise InputError("PATH_COLLISION", message)
    for parent in sorted(parents):
        if parent != "." and (root / parent).is_symlink():
            raise InputError("LINK_IN_THE_WAY", f"{root / parent} is a link; nothing is written through it.")


def _same(file: ManifestFile, target: Path) -> bool:
    if target.is_symlink() or not target.is_file():
        return False
    local = LocalFile(file.path, str(target), stamp_of(target.stat()))
    return check_local(file, local).verdict is Verdict.OK
