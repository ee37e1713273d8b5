"""Size budgets (docs/development/style.md): what separates pleasant code from unpleasant is the tail."""

from pathlib import Path
from statistics import median

import pytest

from tests.support.sources import EVERYTHING, ROOT, Function, functions, length, python_files, shown

FILE_LINES = 500
SOFT_FILE_LINES = 300
FUNCTION_LINES = 40
APP_LINES = 60
VIEW_LINES = 10


VIEWS = [
    path for path in python_files("chalicelib") if path.name == "routes.py" and path.parent.name != "http"
]


def lengths() -> list[int]:
    """The length of every function of the service."""
    return sorted(length(function) for path in python_files("chalicelib") for function in functions(path))


def test_no_file_is_over_500_lines_and_hardly_any_over_300() -> None:
    lines_by_file = {shown(path): len(path.read_text().splitlines()) for path in python_files(*EVERYTHING)}
    assert {path: lines for path, lines in lines_by_file.items() if lines > FILE_LINES} == {}
    long = {path: lines for path, lines in lines_by_file.items() if lines > SOFT_FILE_LINES}
    assert len(long) <= len(lines_by_file) // 50, long


def test_no_function_is_over_40_lines() -> None:
    over = [
        f"{shown(path, function.lineno)} {function.name}: {length(function)}"
        for path in python_files(*EVERYTHING)
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    ]
    assert over == []


def test_half_of_the_functions_have_about_8_lines_and_nine_in_ten_under_25() -> None:
    found = lengths()
    assert median(found) <= 10
    assert found[len(found) * 9 // 10] < 25


def test_the_app_is_a_table_of_contents() -> None:
    source = (ROOT / "app.py").read_text().splitlines()
    assert len(source) <= APP_LINES
    assert list(functions(ROOT / "app.py")) == []


@pytest.mark.parametrize("path", VIEWS, ids=shown)
def test_a_view_has_at_most_10_lines(path: Path) -> None:
    over = [
        function.name for function in functions(path) if _is_view(function) and length(function) > VIEW_LINES
    ]
    assert over == []


def _is_view(function: Function) -> bool:
    return bool(function.decorator_list)
