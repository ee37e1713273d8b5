"""Values from a report of any content. A value has the right type within limits, or there is a warning."""

from collections.abc import Mapping
from typing import Any

import rfc8785

from holdfast.producers.documents import UnreadableReport
from holdfast.producers.tree import Tree

MAX_TEXT = 200
MAX_ENTRIES = 50
MAX_COPIED_BYTES = 8 * 1024
MAX_DEPTH = 6
LARGEST_COUNT = 2**53 - 1


class Findings:
    """The findings of an adapter so far: metadata, the name of the run, and warnings."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.name: str | None = None

    def warn(self, path: str, problem: str) -> None:
        """Add a warning about the report at `path`. `problem` follows the path, as in "is missing"."""
        shown = path if len(path) <= MAX_TEXT else f"{path[:MAX_TEXT]}…"
        self.warnings.append(f"{shown} {problem}"[: 3 * MAX_TEXT])

    def report(self, tree: Tree, path: str) -> dict[str, Any] | None:
        """Return the JSON object at `path`, or None with a warning."""
        try:
            return tree.json_object(path)
        except UnreadableReport as problem:
            self.warn(path, str(problem))
            return None

    def text(self, report: Mapping[str, Any], field: str, path: str) -> str | None:
        """Return a string of 1 to 200 characters, or None with a warning."""
        value = report.get(field)
        if is_text(value):
            return value
        self.warn(path, f"has no usable `{field}` (a text of 1 to {MAX_TEXT} characters)")
        return None

    def counts(self, report: Mapping[str, Any], field: str, path: str) -> dict[str, int]:
        """Return up to 50 short names with numbers from 0 to 2**53 - 1, or {} with a warning."""
        value = report.get(field)
        if isinstance(value, dict) and len(value) <= MAX_ENTRIES and all(map(_is_count, value.items())):
            return dict(value)
        self.warn(path, f"has no usable `{field}` (an object of counts)")
        return {}

    def copied(self, report: dict[str, Any], path: str) -> dict[str, Any]:
        """Return the report unchanged. Over 8 KiB or 6 levels, return {} with a warning."""
        try:
            exact = _depth(report) <= MAX_DEPTH and len(rfc8785.dumps(report)) <= MAX_COPIED_BYTES
        except rfc8785.CanonicalizationError:
            exact = False
        if not exact:
            self.warn(
                path,
                f"is not JSON of at most {MAX_COPIED_BYTES} bytes and {MAX_DEPTH} levels; it was not copied",
            )
        return report if exact else {}


def _depth(value: Any, so_far: int = 1) -> int:
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or so_far > MAX_DEPTH:
        return so_far
    return max((_depth(item, so_far + 1) for item in inner), default=so_far)


def is_text(value: Any) -> bool:
    """Return whether `value` is a string of 1 to 200 valid Unicode characters."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _is_count(entry: tuple[str, Any]) -> bool:
    name, count = entry
    return is_text(name) and type(count) is int and 0 <= count <= LARGEST_COUNT
