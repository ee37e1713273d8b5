"""Logical paths: the one place that says which are allowed (packages.md, "Logical paths").

Packages check what a client declares; the storage adapters check every key once more.
"""

import re
import unicodedata

from chalicelib.core.errors import Invalid, declare

MAX_PATH_BYTES = 1024
INVALID_PATH = declare(
    "INVALID_PATH",
    "A path breaks a rule",
    "Send relative POSIX paths; `details.rule` names the rule that `details.path` breaks.",
)

_DRIVE = re.compile(r"^[A-Za-z]:")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # all of Unicode's category Cc


def broken_rule(path: str) -> str | None:
    """The first rule that `path` breaks, in words, or None for a path in order."""
    if not path:
        return "a path is not empty"
    if _SURROGATE.search(path):
        return "a path is valid Unicode"
    normal = unicodedata.normalize("NFC", path)
    if len(normal.encode()) > MAX_PATH_BYTES:
        return f"a path has at most {MAX_PATH_BYTES} UTF-8 bytes (MAX_PATH_BYTES)"
    return _broken_character_rule(normal) or _broken_segment_rule(normal)


def normalize(path: str) -> str:
    """`path` in NFC, so that equal-looking paths are the same path.

    Raises `Invalid` (INVALID_PATH) naming the rule that the path breaks.
    """
    rule = broken_rule(path)
    if rule:
        shown = path.encode("utf-8", "backslashreplace").decode()[:200]
        raise Invalid(INVALID_PATH, f"The path {shown!r} is refused: {rule}.", path=shown, rule=rule)
    return unicodedata.normalize("NFC", path)


def _broken_character_rule(path: str) -> str | None:
    if _CONTROL.search(path):
        return "a path has no NUL and no other control character"
    if "\\" in path:
        return "a path has no backslash"
    if _DRIVE.match(path):
        return "a path has no drive letter"
    if path.startswith("/"):
        return "a path is relative: it does not start with '/'"
    return None


def _broken_segment_rule(path: str) -> str | None:
    for segment in path.split("/"):
        if not segment:
            return "a path has no empty segment: no '//' and no '/' at its end"
        if segment in {".", ".."}:
            return "a path has no '.' and no '..' segment"
        if segment != segment.strip(" "):
            return "a segment of a path has no leading or trailing space"
    return None
