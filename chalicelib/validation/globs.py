"""Globs over package paths: `*` and `?` stay inside a segment, `**` stands for any number of segments.

Matching takes time in proportion to path and pattern, whatever the pattern: no backtracking.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

ANY_DEPTH = "**"


def matches(pattern: str, path: str) -> bool:
    """Whether the whole `path` is what `pattern` describes; case counts."""
    parts = pattern.split("/")
    states = _reached({0}, parts)
    for segment in path.split("/"):
        states = _reached({after for at in states for after in _step(at, parts, segment)}, parts)
    return len(parts) in states


def matches_any(patterns: Iterable[str], path: str) -> bool:
    """Whether one of `patterns` matches `path`."""
    return any(matches(pattern, path) for pattern in patterns)


def _step(at: int, parts: list[str], segment: str) -> list[int]:
    if at == len(parts):
        return []
    if parts[at] == ANY_DEPTH:
        return [at]
    return [at + 1] if fnmatchcase(segment, parts[at]) else []


def _reached(states: set[int], parts: list[str]) -> set[int]:
    # `**` may also stand for no segment at all
    found = set(states)
    for at, part in enumerate(parts):
        if at in found and part == ANY_DEPTH:
            found.add(at + 1)
    return found
