"""The linter's contracts hold, and each of them is broken by what it is there to refuse."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from chalicelib.wiring import BLUEPRINTS
from tests.support.sources import ROOT, imported

LINTER = Path(sys.executable).parent / "lint-imports"
VIOLATIONS = {
    "Domains depend": ("chalicelib/core/stray.py", "from chalicelib.packages.models import package"),
    "A domain has": ("chalicelib/audit/models.py", "from chalicelib.audit import store"),
    "In operations": (
        "chalicelib/operations/service/lifecycle.py",
        "from chalicelib.operations.service import operations",
    ),
    "In hooks": ("chalicelib/hooks/service/releases.py", "from chalicelib.hooks.service import deployments"),
    "In packages": (
        "chalicelib/packages/service/files.py",
        "from chalicelib.packages.service import uploads",
    ),
    "The sandbox": ("chalicelib/sandbox/namespaces.py", "from chalicelib.core import clock"),
    "Routes and workers": ("chalicelib/operations/routes.py", "from chalicelib.audit import store"),
    "Models and the contract": ("holdfast/api/schema.py", "import boto3"),
    "The contract imports": ("holdfast/api/schema.py", "from holdfast.client import transport"),
    "The client knows": ("holdfast/cli/stray.py", "from chalicelib.packages.service import packages"),
    "The client's parts": ("holdfast/client/transport.py", "from holdfast.transfer import walk"),
    "What runs in Lambda": ("chalicelib/core/stray.py", "from infra.local import engine"),
    "The client runs without": ("holdfast/cli/stray.py", "import boto3"),
    "No circle": ("chalicelib/core/clock.py", "def later() -> None:\n    from chalicelib.core import ids"),
}
STRAYS = {
    "Domains depend": "chalicelib/gossip/__init__.py",
    "A domain has": "chalicelib/audit/utils.py",
    "In operations": "chalicelib/operations/service/utils.py",
    "In hooks": "chalicelib/hooks/service/helpers.py",
    "In packages": "chalicelib/packages/service/helpers.py",
    "The client's parts": "holdfast/helpers.py",
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The sources that the linter reads, to be spoilt."""
    for part in ("chalicelib", "holdfast", "infra"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> tuple[int, list[str]]:
    """The linter's exit code and the names of the contracts that are broken in `folder`."""
    environment = {**os.environ, "COLUMNS": "200"}  # a name that is wrapped cannot be found
    ran = subprocess.run(
        [LINTER, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return ran.returncode, re.findall(r"^(.*) BROKEN\b", ran.stdout, re.MULTILINE)


def test_every_contract_is_kept() -> None:
    code, broken = lint(ROOT)
    assert (code, broken) == (0, [])


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_an_import_that_a_contract_refuses_breaks_it(contract: str, copied: Path) -> None:
    path, line = VIOLATIONS[contract]
    with (copied / path).open("a") as source:
        source.write(f"\n{line}\n")
    code, broken = lint(copied)
    assert code == 1
    assert any(name.startswith(contract) for name in broken)


@pytest.mark.parametrize("contract", STRAYS)
def test_a_stray_file_breaks_the_contract_of_its_place(contract: str, copied: Path) -> None:
    stray = copied / STRAYS[contract]
    stray.parent.mkdir(exist_ok=True)
    stray.write_text('"""Nobody said where this stands."""\n')
    code, broken = lint(copied)
    assert code == 1
    assert any(name.startswith(contract) for name in broken)


def test_every_contract_has_a_violation_that_is_tried_here() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    untried = [
        contract["name"]
        for contract in contracts
        if not any(contract["name"].startswith(tried) for tried in VIOLATIONS)
    ]
    assert untried == []


def test_the_app_imports_the_edge_and_its_wiring_only() -> None:
    ours = {name for name in imported(ROOT / "app.py") if name.startswith("chalicelib")}
    assert ours == {
        "chalicelib.core.settings",
        "chalicelib.core.settings.serves",
        "chalicelib.http.routes",
        "chalicelib.http.routes.capture",
        "chalicelib.wiring",
        "chalicelib.wiring.serve",
    }


def test_the_app_has_a_line_for_each_domain_that_has_blueprints() -> None:
    lines = re.findall(r'^register\("(\w+)"\)', (ROOT / "app.py").read_text(), re.MULTILINE)
    assert lines == list(BLUEPRINTS)
