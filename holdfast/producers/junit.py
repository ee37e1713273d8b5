"""JUnit XML, read with junitparser: suites, tests, failures, errors, skipped and time.

The counts are those that each suite declares, as its tool prints them. For a suite that declares none,
junitparser counts the cases.
"""

import math
from typing import TYPE_CHECKING, Any

from holdfast.producers.documents import UnreadableReport
from holdfast.producers.fields import MAX_COUNT
from holdfast.producers.report import Document

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from junitparser import TestSuite

MAX_SUITES = 10_000
COUNTS = ("tests", "failures", "errors", "skipped")
# a suite with more of these than it declares would look better than it is
BAD_ENDS = {"failures": "failure", "errors": "error"}


def owns(document: Document) -> bool:
    """Return whether the root element is a suite or a list of suites."""
    return document.root is not None and document.root.tag in {"testsuites", "testsuite"}


def reads(document: Document) -> dict[str, Any]:
    """Return the counts of all suites together, and `time` in seconds.

    Raises `UnreadableReport` for an invalid count or time, and for more than MAX_SUITES suites.
    """
    from junitparser import JUnitXml

    held = _held(document.xml)
    if held["suites"] > MAX_SUITES:
        raise UnreadableReport(f"has more than {MAX_SUITES} suites")
    suites = list(JUnitXml.fromroot(document.xml))  # type: ignore[arg-type]  # it takes an element of ElementTree; its annotation is wrong
    declared = {name: sum(_number(suite, name) for suite in suites) for name in COUNTS}
    for name in BAD_ENDS:
        if held[name] > declared[name]:
            document.warnings.append(f"declares {declared[name]} {name}, but has {held[name]}")
    found = {"suites": held["suites"], **declared, "time": _seconds(suites)}
    if max(found.values()) > MAX_COUNT:
        raise UnreadableReport(f"counts more than {MAX_COUNT}")
    return found


def totals(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over all reports."""
    found: dict[str, Any] = {name: sum(entry[name] for entry in entries) for name in ("suites", *COUNTS)}
    return {**found, "time": round(math.fsum(entry["time"] for entry in entries), 6)}


def _held(root: "Element") -> dict[str, int]:
    held = {"suites": sum(1 for _ in root.iter("testsuite")), **dict.fromkeys(BAD_ENDS, 0)}
    for case in root.iter("testcase"):
        for name, tag in BAD_ENDS.items():
            held[name] += case.find(tag) is not None
    return held


def _number(suite: "TestSuite", name: str) -> float:
    try:
        number: float = getattr(suite, name) or 0
    except (ValueError, OverflowError) as error:
        raise UnreadableReport(f"has a suite without usable `{name}`") from error
    if not 0 <= number <= MAX_COUNT:
        raise UnreadableReport(f"has a suite whose `{name}` is not from 0 to {MAX_COUNT}")
    return number


def _seconds(suites: "list[TestSuite]") -> float:
    return round(math.fsum(_number(suite, "time") for suite in suites), 6)
