"""The rules for logical paths (docs/concepts/packages.md).

The client checks the paths of a directory. The service checks the paths that a client declares.
"""

import re
import unicodedata

MAX_PATH_BYTES = 1024
_DRIVE = re.compile(r"^[A-Za-z]:")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # all of Unicode's category Cc


def broken_rule(path: str) -> str | None:
    """Return the first rule that `path` breaks, in words. Return None for a valid path."""
    if not path:
        return "a path is not empty"
    if _SURROGATE.search(path):
        return "a path is valid Unicode"
    normal = unicodedata.normalize("NFC", path)
    if len(normal.encode()) > MAX_PATH_BYTES:
        return f"a path has at most {MAX_PATH_BYTES} UTF-8 bytes (MAX_PATH_BYTES)"
    return _broken_character_rule(normal) or _broken_segment_rule(normal)


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
