"""The same few files in every domain, and a store that is its own domain's secret."""

import tomllib
from pathlib import Path

from tests.support.sources import ROOT, imported, python_files, shown

ALLOWED = {"__init__.py", "models.py", "store.py", "service.py", "routes.py", "workers.py"}
BESIDE_DOMAINS = {"core", "storage"}
DUMPING_GROUNDS = {"utils", "util", "common", "helpers", "misc", "base", "manager"}
CHALICELIB = ROOT / "chalicelib"
POLICY = CHALICELIB / "operations/policy.py"  # the one table of its kind (operations.md, "Lifecycle policy")


def folders() -> list[Path]:
    """Every folder of a domain or of a part of one."""
    found = [path.parent for path in CHALICELIB.rglob("__init__.py") if path.parent != CHALICELIB]
    return sorted(path for path in found if path.relative_to(CHALICELIB).parts[0] not in BESIDE_DOMAINS)


def domain(path: Path) -> str:
    """The domain that a file of the service belongs to."""
    return path.relative_to(CHALICELIB).parts[0]


def test_there_are_domains_to_check() -> None:
    assert {"audit", "auth", "operations", "packages", "web"} <= {folder.name for folder in folders()}


def test_a_domain_has_no_file_but_the_usual_ones() -> None:
    strays = [path for folder in folders() for path in folder.glob("*.py") if path.name not in ALLOWED]
    assert strays == [POLICY]


def test_every_folder_of_the_service_is_in_a_layer_of_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    containers = {name for contract in contracts for name in contract.get("containers", [])}
    named = {".".join(folder.relative_to(ROOT).parts) for folder in folders()}
    assert named - containers == set()


def test_a_store_is_imported_by_its_own_domain_only_and_there_by_services_and_stores() -> None:
    strangers = [
        f"{shown(path)} imports {name}"
        for path in python_files("app.py", "chalicelib", "holdfast")
        for name in imported(path)
        if name.endswith(".store") and name.startswith("chalicelib.")
        if path.name not in {"service.py", "store.py"} or domain(path) != name.split(".")[1]
    ]
    assert strangers == []


def test_a_package_docstring_is_the_design_note_and_stands_alone() -> None:
    for folder in folders():
        source = (folder / "__init__.py").read_text()
        assert source.startswith('"""'), shown(folder)
        assert source.rstrip().endswith('"""'), f"{shown(folder)}: code beside the docstring"


def test_no_file_is_a_dumping_ground() -> None:
    files = python_files("chalicelib", "holdfast", "infra")
    named = [shown(path) for path in files if {path.stem, path.parent.name} & DUMPING_GROUNDS]
    assert named == []
