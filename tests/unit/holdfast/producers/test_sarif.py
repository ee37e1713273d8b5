import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.reports import Told, recognised

RULES: list[dict[str, Any]] = [
    {"id": "A", "defaultConfiguration": {"level": "error"}},
    {"id": "B", "defaultConfiguration": {"level": "note"}},
    {"id": "C"},
]
DRIVER = {"name": "semgrep", "semanticVersion": "1.2.3", "rules": RULES}


def read(root: Path, **changes: Any) -> Told:
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": DRIVER}, "results": []}], **changes}
    return recognised(root, {"a.json": json.dumps(log).encode()})


def with_results(root: Path, *results: Any, **tool: Any) -> Told:
    return read(root, runs=[{"tool": {"driver": DRIVER, **tool}, "results": results}])


@pytest.mark.parametrize(
    ("result", "level"),
    [
        ({"level": "note", "ruleId": "A"}, "note"),
        ({"ruleId": "A"}, "error"),
        ({"ruleIndex": 1}, "note"),
        ({"ruleIndex": 1, "ruleId": "A"}, "note"),
        ({"ruleId": "C"}, "warning"),
        ({"ruleId": "of an extension"}, "error"),
        ({"ruleId": "unknown"}, "warning"),
        ({"ruleIndex": 99}, "warning"),
        ({"kind": "pass", "ruleId": "A"}, "none"),
        ({}, "warning"),
    ],
)
def test_a_result_has_its_level_or_that_of_its_rule(
    tmp_path: Path, result: dict[str, Any], level: str
) -> None:
    extension = {"name": "pack", "rules": [{**RULES[0], "id": "of an extension"}]}
    results = with_results(tmp_path, result, extensions=[extension]).only["results"]
    assert {name: count for name, count in results.items() if count} == {level: 1}


def test_tools_and_versions_are_listed_once(tmp_path: Path) -> None:
    run = {"tool": {"driver": DRIVER}, "results": [{}]}
    other = {"tool": {"driver": {"name": "ruff"}}, "results": []}
    found = read(tmp_path, runs=[run, run, other]).only
    assert found["tools"] == [{"name": "semgrep", "version": "1.2.3"}, {"name": "ruff", "version": None}]
    assert found["results"] == {"error": 0, "warning": 2, "note": 0, "none": 0}


def test_tools_over_the_limit_are_a_warning(tmp_path: Path) -> None:
    found = read(tmp_path, runs=[{"tool": {"driver": {"name": f"t{n}"}}, "results": []} for n in range(51)])
    assert len(found.only["tools"]) == 50
    assert found.warnings == ["a.json names 51 tools; 50 are listed"]


def test_a_run_that_did_not_look_is_a_warning(tmp_path: Path) -> None:
    found = read(tmp_path, runs=[{"tool": {"driver": DRIVER}}])
    assert found.only["results"]["error"] == 0
    assert "has a run without results" in found.warnings[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": "2.0.0", "$schema": "sarif-2.0.0.json"}, "is not SARIF 2.1.0"),
        ({"runs": {}}, "has no usable `runs`"),
        ({"runs": [{"tool": {}}]}, "has no usable `runs.0.tool.driver`"),
        ({"runs": [{"tool": {"driver": {"name": ""}}}]}, "has no usable `runs.0.tool.driver.name`"),
        ({"runs": [{"tool": {"driver": {"name": "\ud800"}}}]}, "has no usable `runs.0.tool.driver.name`"),
        (
            {"runs": [{"tool": {"driver": DRIVER}, "results": [{"level": "bad"}] * 9}]},
            "`runs.0.results.0.level`",
        ),
    ],
)
def test_a_log_of_another_shape_is_a_warning(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    found = read(tmp_path, **changes)
    assert found.entries == []
    assert why in found.warnings[0]
