"""The same few files in every domain, and a store that is its own domain's secret."""

import re
import tomllib
from pathlib import Path

from tests.support.sources import ROOT, imported, python_files, shown

NAMES = {"models", "store", "service", "routes", "workers"}
BESIDE_DOMAINS = {"core", "dynamodb", "http", "sandbox", "storage", "validation"}
STORE_READERS = {"service", "store", "certificates"}  # the last one is a service of storage
DUMPING_GROUNDS = {"utils", "util", "common", "helpers", "misc", "base", "manager"}
CHALICELIB = ROOT / "chalicelib"


def domains() -> list[Path]:
    """Every folder of a domain."""
    found = [path.parent for path in CHALICELIB.glob("*/__init__.py")]
    return sorted(path for path in found if path.name not in BESIDE_DOMAINS)


def folders() -> list[Path]:
    """Every folder of the service that holds code, of domains and beside them."""
    return sorted(path.parent for path in CHALICELIB.glob("*/**/__init__.py"))


def domain(path: Path) -> str:
    """The domain that a file of the service belongs to."""
    return path.relative_to(CHALICELIB).parts[0]


def test_there_are_domains_to_check() -> None:
    assert {"audit", "auth", "operations", "packages", "web"} <= {folder.name for folder in domains()}


def test_a_domain_has_the_five_names_and_no_other() -> None:
    named = {
        path for folder in domains() for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()
    }
    strays = {path for path in named if path.stem not in NAMES | {"__init__", "__pycache__"}}
    assert strays == set()


def test_a_folder_holds_more_than_one_file_and_no_domain_is_inside_another() -> None:
    lonely = [
        shown(folder)
        for folder in folders()
        if len([*folder.glob("*.py"), *folder.glob("*/__init__.py")]) < 3
    ]
    assert lonely == []
    nested = [shown(path) for folder in domains() for path in folder.glob("*/*/")]
    assert [path for path in nested if not path.endswith("__pycache__")] == []


def test_every_domain_is_in_the_layers_of_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    five_names = next(contract for contract in contracts if contract["name"].startswith("A domain"))
    assert set(five_names["containers"]) == {f"chalicelib.{folder.name}" for folder in domains()}


def test_a_store_is_imported_by_its_own_domain_only_and_there_by_services_and_stores() -> None:
    strangers = [
        f"{shown(path)} imports {name}"
        for path in python_files("app.py", "chalicelib", "holdfast")
        for name in imported(path)
        if re.match(r"chalicelib\.\w+\.store\b", name)
        if not STORE_READERS & {path.stem, path.parent.name} or domain(path) != name.split(".")[1]
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
