"""The files that a plan declares, and the changes that it makes; pure (docs/concepts/packages.md)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.packages.models.file import FileEntry
from chalicelib.storage.paths import normalize
from holdfast.api.codes import DUPLICATE_PATH, REPEATED_PATH
from holdfast.api.uploads import MAX_REPORTED_PATHS, DeclaredFile


class Changes(NamedTuple):
    """The changes of a plan: entries to write, entries that they replace, entries that stay the same."""

    written: list[FileEntry]
    replaced: list[FileEntry]
    same: list[FileEntry]


def declared_entries(files: Iterable[DeclaredFile]) -> list[FileEntry]:
    """Return the entries that a plan declares, with normalized paths.

    Raises `Invalid`: INVALID_PATH for a path that breaks a rule, REPEATED_PATH for a path that the plan
    names more than once.
    """
    entries = [FileEntry(**file.model_dump(exclude={"path"}), path=normalize(file.path)) for file in files]
    counted = Counter(entry.path for entry in entries)
    repeated = sorted(path for path, times in counted.items() if times > 1)
    if repeated:
        paths = "1 path" if len(repeated) == 1 else f"{len(repeated)} paths"
        message = f"The plan names {paths} more than once; name each path once."
        raise Invalid(REPEATED_PATH, message, paths=repeated[:MAX_REPORTED_PATHS])
    return entries


def changes(declared: Iterable[FileEntry], known: Mapping[str, FileEntry], *, replace: bool) -> Changes:
    """Return the changes that `declared` makes to a package which has `known` under the same paths.

    Raises `Conflict` (DUPLICATE_PATH) for known paths with other content, unless `replace`.
    """
    # With `replace`, a multipart upload starts anew even for the same content. Its parts are not bound
    # to their bytes, so a new upload is the way to fix a wrong part.
    result = Changes([], [], [])
    for entry in declared:
        before = known.get(entry.path)
        if before and before.same_content(entry) and not (replace and before.multipart):
            result.same.append(before)
            continue
        result.written.append(entry)
        if before:
            result.replaced.append(before)
    if result.replaced and not replace:
        paths = sorted(entry.path for entry in result.replaced)
        subject = "1 path is" if len(paths) == 1 else f"{len(paths)} paths are"
        message = f"{subject} in the package with other content; nothing was applied."
        raise Conflict(DUPLICATE_PATH, message, paths=paths[:MAX_REPORTED_PATHS], count=len(paths))
    return result
