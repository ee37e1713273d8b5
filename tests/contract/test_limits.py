"""Every limit of the code is in docs/reference/limits.md, or docs/reference/producers.md, as it is."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from holdfast.api.codes import catalogue
from infra.documentation.markdown import ROOT

LIMITS = ROOT / "docs/reference/limits.md"
PRODUCERS = ROOT / "docs/reference/producers.md"
NAME = re.compile(r"(?:MAX|MIN)_[A-Z_]+")
UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


class Row(NamedTuple):
    """A row of the page: the limit, its value, its unit, and the cell about what happens over it."""

    name: str
    value: int
    unit: str
    over: str


def rows() -> list[Row]:
    """Return every row of the tables of the page."""
    cells = [re.split(r"\s*\|\s*", line.strip("| ")) for line in LIMITS.read_text().splitlines()]
    found = [line for line in cells if NAME.fullmatch(line[0].strip("`"))]
    return [Row(line[0].strip("`"), int(line[1].replace(",", "")), line[2], line[4]) for line in found]


def constants(*folders: str) -> Iterator[tuple[str, int]]:
    """Yield each limit that a module below `folders` assigns, with its value."""
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for name in assigned(path):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name, getattr(import_module(module), name)


def assigned(path: Path) -> list[str]:
    """Return the names of limits that a module assigns at its top."""
    statements = [
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    targets = [node.targets if isinstance(node, ast.Assign) else [node.target] for node in statements]
    names = [
        part.id
        for target in targets
        for node in target
        for part in ast.walk(node)
        if isinstance(part, ast.Name)
    ]
    return [name for name in names if NAME.fullmatch(name)]


def test_every_limit_of_the_contract_and_the_service_is_documented_with_its_value() -> None:
    documented = {(row.name, row.value) for row in rows()}
    known = set(constants("holdfast/api", "chalicelib"))
    assert len(known) > 50  # the walk finds them
    assert documented == known


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.name}={row.value}")
def test_a_size_in_people_s_units_is_the_same_number(row: Row) -> None:
    found = re.search(r"\((\d+) (\w+)\)", row.unit)
    assert row.unit, "a limit has a unit"
    if found:
        assert int(found[1]) * UNITS[found[2]] == row.value


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.name}={row.value}")
def test_every_limit_names_an_error_that_exists_or_says_that_there_is_none(row: Row) -> None:
    if row.over.startswith("No error"):
        assert len(row.over.split()) > 3
    else:
        assert set(re.findall(r"`([A-Z_]+)`", row.over)) <= set(catalogue)
        assert re.fullmatch(r"`[A-Z_]+`(, `[A-Z_]+`)*", row.over)


def test_every_limit_of_what_an_ingest_reads_is_documented_with_its_value() -> None:
    text = PRODUCERS.read_text()
    for name, value in constants("holdfast/producers"):
        [row] = re.findall(rf"^\| `{name}` \| ([\d,]+) \| ([^|]+?) \|", text, re.MULTILINE)
        assert int(row[0].replace(",", "")) == value
        found = re.search(r"\((\d+) (\w+)\)", row[1])
        assert not found or int(found[1]) * UNITS[found[2]] == value
