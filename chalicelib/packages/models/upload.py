"""What a client declares, and how it is told to send it; pure (docs/concepts/packages.md)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.packages.models.file import FileEntry
from chalicelib.storage.paths import normalize
from holdfast.api.codes import DUPLICATE_PATH, REPEATED_PATH
from holdfast.api.uploads import MAX_REPORTED_PATHS, DeclaredFile


class Changes(NamedTuple):
    """What a plan does to a package: entries to write, entries they replace, entries it has already."""

    written: list[FileEntry]
    replaced: list[FileEntry]
    same: list[FileEntry]


def declared_entries(files: Iterable[DeclaredFile]) -> list[FileEntry]:
    """The entries that a plan declares, paths normalized.

    Raises `Invalid`: INVALID_PATH for a path that breaks a rule, REPEATED_PATH for one that stands twice.
    """
    entries = [FileEntry(**file.model_dump(exclude={"path"}), path=normalize(file.path)) for file in files]
    counted = Counter(entry.path for entry in entries)
    repeated = sorted(path for path, times in counted.items() if times > 1)
    if repeated:
        message = f"{len(repeated)} paths stand twice in the plan."
        raise Invalid(REPEATED_PATH, message, paths=repeated[:MAX_REPORTED_PATHS])
    return entries


def changes(declared: Iterable[FileEntry], known: Mapping[str, FileEntry], *, replace: bool) -> Changes:
    """What `declared` does to a package that has `known` under the same paths.

    With `replace`, a multipart upload starts anew even for the same content: its parts are not
    bound to their bytes, so that is how a wrong one is mended. Raises `Conflict` (DUPLICATE_PATH)
    for known paths with other content, unless `replace`.
    """
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
        message = f"{len(paths)} paths are in the package with other content; nothing was applied."
        raise Conflict(DUPLICATE_PATH, message, paths=paths[:MAX_REPORTED_PATHS], count=len(paths))
    return result
