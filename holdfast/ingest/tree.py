"""The walked directory as adapters see it: paths, and reports that are read within limits."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from holdfast.ingest.walk import LocalFile

MAX_REPORT_BYTES = 2 * 1024 * 1024


class UnreadableReport(Exception):
    """A report that cannot be used; says why, in words that follow its path."""


class Tree:
    """Read-only, by the paths that the package will have."""

    def __init__(self, files: Sequence[LocalFile]) -> None:
        self._files = {file.path: file for file in files}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def paths(self, prefix: str = "") -> list[str]:
        """The paths that start with `prefix`, sorted."""
        return [path for path in self._files if path.startswith(prefix)]

    def json_object(self, path: str) -> dict[str, Any]:
        """The JSON object in the file.

        Raises `UnreadableReport` when it is missing, over MAX_REPORT_BYTES, no JSON object, nested too
        deep, or holds numbers that JSON cannot carry.
        """
        try:
            found = json.loads(self._read(path), parse_constant=_refuse_constant)
        except RecursionError as error:
            raise UnreadableReport("is nested too deep") from error
        except ValueError as error:
            raise UnreadableReport(f"is not JSON ({_short(error)})") from error
        if not isinstance(found, dict):
            raise UnreadableReport("is JSON, but not an object")
        return found

    def _read(self, path: str) -> bytes:
        if path not in self._files:
            raise UnreadableReport("is missing")
        file = self._files[path]
        if file.stamp.size > MAX_REPORT_BYTES:
            raise UnreadableReport(f"is over {MAX_REPORT_BYTES} bytes and was not read")
        try:
            return Path(file.source).read_bytes()
        except OSError as error:
            raise UnreadableReport(f"cannot be read ({error.strerror})") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _short(error: ValueError) -> str:
    return str(error).splitlines()[0][:120]
