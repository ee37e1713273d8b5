"""Reports made here by the tools themselves, against what the tools print."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from holdfast.producers.recognition import recognise
from holdfast.producers.tree import Tree
from holdfast.transfer.walk import walk

TESTS = """
import pytest

@pytest.fixture
def broken():
    raise ValueError

@pytest.fixture
def broken_later():
    yield
    raise ValueError

def test_passes():
    if len("a") > 1:
        raise ValueError

@pytest.mark.parametrize("n", range(4))
def test_fails(n):
    assert n == 2, "<&> \\N{GRINNING FACE} ]]>"

def test_errs(broken):
    pass

def test_fails_and_errs(broken_later):
    raise KeyError

@pytest.mark.skip
def test_skipped():
    pass

@pytest.mark.xfail
def test_fails_as_expected():
    raise ValueError
"""
UNTIDY = "import os\nimport sys\n\nx = undefined_name\nif x == None:\n    pass\n"


def run(root: Path, *command: str) -> str:
    program = [sys.executable, "-m", *command]
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(program, cwd=root, env=bare, capture_output=True, text=True, check=False).stdout


def read(root: Path, key: str) -> dict[str, Any]:
    found = recognise(Tree(walk(root).files), None)
    assert (list(found.metadata), found.warnings) == ([key], [])
    section: dict[str, Any] = found.metadata[key]
    return section


def printed(output: str, word: str) -> int:
    found = re.search(rf"(\d+) {word}", output)
    assert found, output
    return int(found[1])


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_the_counts_of_pytest_are_those_it_prints(tmp_path: Path, family: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\njunit_family = {family}\n")
    shown = run(tmp_path, "pytest", "-p", "no:cacheprovider", "--junit-xml=results.xml")
    told = read(tmp_path, "junit")["totals"]
    failures, errors = printed(shown, "failed"), printed(shown, "errors")
    skipped = printed(shown, "skipped") + printed(shown, "xfailed")
    assert (told["failures"], told["errors"], told["skipped"]) == (failures, errors, skipped) == (4, 2, 2)
    assert (told["suites"], told["tests"]) == (1, printed(shown, "passed") + failures + errors + skipped)


def test_the_results_of_ruff_are_those_it_prints(tmp_path: Path) -> None:
    (tmp_path / "untidy.py").write_text(UNTIDY)
    check = ("ruff", "check", "--isolated", "--no-cache", "--select", "E,F", "untidy.py")
    shown = run(tmp_path, *check)
    run(tmp_path, *check, "--output-format", "sarif", "--output-file", "lint.json")
    told = read(tmp_path, "sarif")
    assert sum(told["totals"].values()) == printed(shown.replace("Found ", ""), "errors") == 4
    version = run(tmp_path, "ruff", "--version").split()[1]
    assert told["reports"][0]["tools"] == [{"name": "ruff", "version": version}]
    assert told["reports"][0]["version"] == "2.1.0"


@pytest.mark.parametrize("spec", ["1.4", "1.6"])
def test_the_components_of_cyclonedx_py_are_those_that_were_asked_for(tmp_path: Path, spec: str) -> None:
    (tmp_path / "requirements.txt").write_text("httpx==0.28.1\nrich==14.0.0\ntyper==0.29.0\n")
    flags = ("--of", "JSON", "--sv", spec, "-o", "kept.json", "requirements.txt")
    run(tmp_path, "cyclonedx_py", "requirements", *flags)
    bom = json.loads((tmp_path / "kept.json").read_text())
    [told] = read(tmp_path, "cyclonedx")["reports"]
    assert (told["components"], told["spec_version"]) == (len(bom["components"]), spec) == (3, spec)
    assert told["serial_number"] == bom["serialNumber"]


def test_the_rates_of_coverage_py_are_those_it_prints(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    run(tmp_path, "coverage", "run", "--branch", "-m", "pytest", "-p", "no:cacheprovider", "test_it.py")
    run(tmp_path, "coverage", "xml", "-o", "kept.xml")
    shown = run(tmp_path, "coverage", "report").splitlines()[-1].split()
    [told] = read(tmp_path, "coverage")["reports"]
    statements, missed, branches = map(int, shown[1:4])
    assert (told["lines_valid"], told["lines_valid"] - told["lines_covered"]) == (statements, missed)
    assert told["line_rate"] == pytest.approx(1 - missed / statements, abs=1e-4)
    assert told["branches_valid"] == branches
    assert told["branch_rate"] == pytest.approx(told["branches_covered"] / branches, abs=1e-4)
    assert (told["tool"], missed > 0, told["branch_rate"] < 1) == ("coverage.py", True, True)
