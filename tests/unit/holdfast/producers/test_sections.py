from pathlib import Path
from typing import Any

from holdfast.producers.detection import reports
from holdfast.producers.findings import Findings
from holdfast.producers.sections import sections, summary
from holdfast.producers.tree import Tree
from holdfast.transfer.walk import walk

JUNIT = '<testsuite tests="7" failures="1" errors="0" skipped="2" time="0.1"/>'


def section(root: Path, count: int) -> tuple[dict[str, Any], list[str]]:
    for number in range(count):
        (root / f"{number:03d}.xml").write_text(JUNIT)
    findings = Findings()
    [(_, found)] = sections(reports(Tree(walk(root).files), findings.warn), findings.warn)
    return found, findings.warnings


def test_reports_of_a_format_are_added_up_and_listed(tmp_path: Path) -> None:
    found, warnings = section(tmp_path, 3)
    assert found["totals"] == {
        "suites": 3,
        "tests": 21,
        "failures": 3,
        "errors": 0,
        "skipped": 6,
        "time": 0.3,
    }
    assert ([entry["path"] for entry in found["reports"]], warnings) == (
        ["000.xml", "001.xml", "002.xml"],
        [],
    )
    assert summary(found).startswith("3 reports: suites 3, tests 21,")


def test_reports_over_the_limit_are_counted_and_not_listed(tmp_path: Path) -> None:
    found, warnings = section(tmp_path, 51)
    assert (found["report_count"], found["totals"]["tests"], len(found["reports"])) == (51, 357, 50)
    assert warnings == ["the directory has 51 JUnit XML reports; all are counted, 50 are listed"]


def test_rates_are_told_of_one_report_and_never_added() -> None:
    told = {"path": "a", "tool": "coverage.py", "line_rate": 0.5}
    assert summary({"report_count": 1, "totals": {}, "reports": [told]}) == "1 report: line rate 0.5"
    assert summary({"report_count": 2, "totals": {}, "reports": [told, told]}) == "2 reports"
