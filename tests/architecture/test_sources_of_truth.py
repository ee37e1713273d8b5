"""One reader of the environment, one source of time, one of identity; and nothing scans."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import ROOT, SERVICE, dotted, imported, python_files, shown

SETTINGS = ROOT / "chalicelib/core/settings.py"
CLOCK = ROOT / "chalicelib/core/clock.py"
IDS = ROOT / "chalicelib/core/ids.py"
NOW = re.compile(r"\b(datetime|date)\.(now|utcnow|today)$")
POLICIES = [*sorted((ROOT / ".chalice").glob("policy-*.json")), ROOT / "infra/resources.json"]


def calls_in(*parts: str) -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call in these parts, with the dotted name of what is called."""
    for path in python_files(*parts):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield path, node, dotted(node.func)


def importers(*modules: str) -> set[Path]:
    """The files of the service that import one of `modules`."""
    return {path for path in python_files(*SERVICE) if imported(path) & set(modules)}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path
        for path in python_files(*SERVICE)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node).endswith(("environ", "getenv"))
    }
    assert readers == {SETTINGS}


def test_only_the_clock_knows_the_time() -> None:
    told = [
        shown(path, call.lineno)
        for path, call, name in calls_in(*SERVICE)
        if NOW.search(name) and path != CLOCK
    ]
    assert told == []
    assert importers("time") == {CLOCK}


def test_only_the_clock_sleeps() -> None:
    sleepers = [
        shown(path, call.lineno)
        for path, call, name in calls_in(*SERVICE)
        if name.endswith("sleep") and name != "clock.sleep" and path != CLOCK
    ]
    assert sleepers == []


def test_only_one_module_makes_ids_and_chance() -> None:
    assert importers("uuid", "ulid", "random", "secrets") == {IDS}


def test_nothing_scans_the_table() -> None:
    scanners = [
        shown(path, call.lineno)
        for path, call, name in calls_in(*SERVICE, "infra")
        if name.endswith((".scan", ".rate_limited_scan"))
    ]
    assert scanners == []


@pytest.mark.parametrize("path", POLICIES, ids=shown)
def test_no_policy_permits_a_scan_or_every_action(path: Path) -> None:
    actions = [action.lower() for action in granted(json.loads(path.read_text()))]
    assert [action for action in actions if "scan" in action or action.endswith("*")] == []


def test_there_is_a_policy_for_each_function() -> None:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    named = {function["iam_policy_file"] for function in config["lambda_functions"].values()}
    assert named == {path.name for path in POLICIES if path.name.startswith("policy-")}


def granted(document: object) -> Iterator[str]:
    """Every action that the `Allow` statements anywhere in a document name."""
    if isinstance(document, dict):
        if document.get("Effect") == "Allow":
            action = document["Action"]
            yield from [action] if isinstance(action, str) else action
        for value in document.values():
            yield from granted(value)
    elif isinstance(document, list):
        for value in document:
            yield from granted(value)
