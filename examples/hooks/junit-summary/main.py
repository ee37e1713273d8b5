"""Write a row per test suite of every JUnit report: its test cases, counted one by one.

XML that is not a JUnit report is left out. A broken report rejects the package. So does a report with a
document type, because entities that grow without end, or that name files, come from there.
"""

import json
import math
import os
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

MAX_TEXT, MAX_DIGITS = 500, 9
SUITE, CASE, ROOTS = "testsuite", "testcase", {"testsuite", "testsuites"}
VERDICTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}
COUNTS = ("tests", "failures", "errors", "skipped")


class Refused(Exception):
    """The file cannot be read; the message says why."""


class Foreign(Exception):
    """The file is XML, but not a JUnit report."""


class Report:
    """A reader of one report as a stream; its memory does not grow with the file."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self._verdict: str | None = None
        self._root = True
        self._parser = ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, path: Path) -> list[dict[str, Any]]:
        """Return the rows of the report; raise `Refused` or `Foreign`."""
        with path.open("rb") as file:
            try:
                self._parser.ParseFile(file)
            except (ExpatError, LookupError, ValueError) as error:  # the latter two: an unknown encoding
                raise Refused(f"is not XML: {error}") from error
        return self.rows

    def _document_type(self, *_: object) -> None:
        raise Refused("has a document type, which no test report needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._root and name not in ROOTS:
            raise Foreign
        self._root = False
        if name == SUITE:
            self._open.append({"declared": attributes, "counted": dict.fromkeys(COUNTS, 0), "parts": False})
        elif name == CASE and self._open:
            self._open[-1]["counted"]["tests"] += 1
            self._verdict = "passed"
        elif name in VERDICTS and self._verdict == "passed":
            self._verdict = VERDICTS[name]

    def _end(self, name: str) -> None:
        if name == CASE and self._open:
            if self._verdict in COUNTS:
                self._open[-1]["counted"][self._verdict] += 1
            self._verdict = None
        elif name == SUITE:
            self._close(self._open.pop())

    def _close(self, suite: dict[str, Any]) -> None:
        if self._open:
            self._open[-1]["parts"] = True
        declared, counted = suite["declared"], suite["counted"]
        if not counted["tests"]:
            if suite["parts"]:
                return  # the suite only holds other suites
            counted = {name: whole(declared.get(name)) for name in COUNTS}
        passed = max(0, counted["tests"] - counted["failures"] - counted["errors"] - counted["skipped"])
        named = {
            "suite": declared.get("name", "")[:MAX_TEXT],
            "passed": passed,
            "time_s": seconds(declared.get("time")),
        }
        self.rows.append(named | counted)


def main() -> None:
    """Read every input, write the rows and the result."""
    inputs, output = Path(os.environ["HOLDFAST_INPUT"]), Path(os.environ["HOLDFAST_OUTPUT"])
    config = json.loads(Path(os.environ["HOLDFAST_CONFIG"]).read_text())
    broken: list[str] = []
    failed = 0
    with (output / "rows.ndjson").open("w") as rows:
        for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
            name = path.relative_to(inputs).as_posix()
            for row in rows_of(path, name, broken):
                failed += row["failures"] + row["errors"]
                rows.write(json.dumps({"file": name, **row}) + "\n")
    if failed and config.get("reject_on_failure"):
        broken.append("1 test case failed" if failed == 1 else f"{failed} test cases failed")
    verdict = {"status": "rejected" if broken else "passed", "reason": "; ".join(broken)[:2000] or None}
    (output / "result.json").write_text(json.dumps(verdict))


def rows_of(path: Path, name: str, broken: list[str]) -> list[dict[str, Any]]:
    """Return the rows of one file; add to `broken` why the file cannot be read, if it cannot."""
    try:
        return Report().read(path)
    except Foreign:
        return []
    except Refused as error:
        broken.append(f"{name} {error}")
        return []


def whole(text: str | None) -> int:
    """Return a count that a report declares; 0 for a text that is not a whole number."""
    return int(text) if text and text.isdecimal() and len(text) <= MAX_DIGITS else 0


def seconds(text: str | None) -> float | None:
    """Return a duration that a report declares; None for a text that is not a duration."""
    try:
        found = float((text or "").replace(",", ""))
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


if __name__ == "__main__":
    main()
