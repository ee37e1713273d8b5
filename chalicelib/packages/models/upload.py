"""What a client declares, and how it is told to send it; pure (packages.md, "Upload protocol")."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from chalicelib.core.errors import Conflict, Invalid, declare
from chalicelib.core.schema import Count, Entity, Flag, RawText, Request, Sha256
from chalicelib.packages.models.file import FileEntry
from chalicelib.storage.paths import normalize

MAX_PLAN_FILES = 500
MAX_PLAN_PARTS = 2000
MAX_PACKAGE_FILES = 250_000
MAX_FILE_BYTES = 100 * 1024**3
MAX_REPORTED_PATHS = 100
MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$"  # goes into headers, which are ASCII
DUPLICATE_PATH = declare(
    "DUPLICATE_PATH",
    "A path is already in the package",
    "Leave the paths in `details.paths` out, or send `replace: true` to hand over their new bytes.",
)
REPEATED_PATH = declare(
    "REPEATED_PATH",
    "A path stands twice in one plan",
    "Declare each path once; two spellings that are equal in Unicode NFC are one path.",
)
TOO_MANY_FILES = declare(
    "TOO_MANY_FILES",
    "The package would hold too many files",
    "Split the evidence over several packages.",
)


class DeclaredFile(Request):
    """One file of a plan. Its path is checked by the service, rule by rule."""

    path: RawText
    sha256: Sha256
    size: Count = Field(le=MAX_FILE_BYTES, description="Bytes.")
    media_type: str = Field("application/octet-stream", max_length=127, pattern=MEDIA_TYPE)


class Plan(Request):
    """POST /packages/{id}/uploads."""

    files: list[DeclaredFile] = Field(min_length=1, max_length=MAX_PLAN_FILES)
    replace: Flag = False


class PartInstruction(Entity):
    """Send bytes `[offset, offset + length)` of the file so."""

    number: int
    offset: int
    length: int
    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


class UploadInstruction(Entity):
    """How to send one file; nothing to send when `stored`. With `parts`, send each part instead of `url`."""

    path: str
    stored: bool
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    expires_at: datetime | None = None
    parts: list[PartInstruction] | None = None


class UploadPlan(Entity):
    """The answer to a plan, in the order of the request."""

    items: list[UploadInstruction]


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
