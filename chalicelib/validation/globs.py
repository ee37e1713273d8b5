"""Globs over package paths: `*` and `?` stay inside a segment, `**` stands for any number of segments.

There is no backtracking: matching takes time in proportion to the path and the pattern.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

ANY_DEPTH = "**"


def matches(pattern: str, path: str) -> bool:
    """Return whether `pattern` matches the whole `path`; upper and lower case differ."""
    parts = pattern.split("/")
    states = _with_skips({0}, parts)
    for segment in path.split("/"):
        states = _with_skips({after for at in states for after in _step(at, parts, segment)}, parts)
    return len(parts) in states


def matches_any(patterns: Iterable[str], path: str) -> bool:
    """Return whether one of `patterns` matches `path`."""
    return any(matches(pattern, path) for pattern in patterns)


def _step(at: int, parts: list[str], segment: str) -> list[int]:
    if at == len(parts):
        return []
    if parts[at] == ANY_DEPTH:
        return [at]
    return [at + 1] if fnmatchcase(segment, parts[at]) else []


def _with_skips(states: set[int], parts: list[str]) -> set[int]:
    # `**` may also stand for no segment at all
    found = set(states)
    for at, part in enumerate(parts):
        if at in found and part == ANY_DEPTH:
            found.add(at + 1)
    return found
