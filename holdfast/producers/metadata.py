"""The part of all findings that fits into a package's metadata, within MAX_METADATA_BYTES."""

from collections.abc import Sequence
from typing import Any

import rfc8785

from holdfast.api.messages import quantity
from holdfast.api.packages import MAX_METADATA_BYTES

MAX_WARNINGS = 50
MAX_WARNING_BYTES = 16 * 1024
# room for the last warning, which counts the others, and for warnings about sections that do not fit
RESERVED_BYTES = 2 * 1024


class Kept:
    """The sections by key, and the warnings, that go into the metadata."""

    def __init__(self) -> None:
        self._sections: dict[str, Any] = {}
        self._warnings: list[str] = []

    def add(self, key: str, section: dict[str, Any]) -> None:
        """Add the section if it fits; else add it without its list of `reports`; else add only a warning."""
        shorter = {name: value for name, value in section.items() if name != "reports"}
        if self._keeps(key, section):
            return
        if "reports" in section and self._keeps(key, shorter):
            self._warnings.append(
                f"the list of {key} reports does not fit into the metadata and was left out"
            )
            return
        room = MAX_METADATA_BYTES - MAX_WARNING_BYTES
        self._warnings.append(f"the section {key} does not fit into {room} bytes and was left out")

    def metadata(self, warnings: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
        """Return the metadata, and the warnings that it has under `warnings`."""
        kept = _bounded([*self._warnings, *warnings])
        return ({**self._sections, "warnings": kept} if kept else dict(self._sections)), kept

    def _keeps(self, key: str, section: dict[str, Any]) -> bool:
        tried = {**self._sections, key: section}
        if _size(tried) > MAX_METADATA_BYTES - MAX_WARNING_BYTES:
            return False
        self._sections = tried
        return True


def _bounded(warnings: Sequence[str]) -> list[str]:
    kept: list[str] = []
    room = MAX_WARNING_BYTES - RESERVED_BYTES
    for warning in warnings:
        room -= _size(warning) + 1
        if room < 0 or len(kept) == MAX_WARNINGS - 1 < len(warnings) - 1:
            return [*kept, f"and {quantity(len(warnings) - len(kept), 'more warning')}"]
        kept.append(warning)
    return kept


def _size(value: Any) -> int:
    return len(rfc8785.dumps(value))
