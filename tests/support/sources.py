"""Reads the repository's own sources, for tests that check rules on them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ("app.py", "chalicelib")
EVERYTHING = (*SERVICE, "holdfast", "infra", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*parts: str) -> list[Path]:
    """Every Python file of these parts of the repository (files or folders), in order."""
    found: list[Path] = []
    for part in parts:
        path = ROOT / part
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of one file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    """How many lines a function takes, its docstring included, its decorators not."""
    return (function.end_lineno or 0) - function.lineno + 1


def imported(path: Path) -> set[str]:
    """Every module, and every `module.name`, that one file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.expr) -> str:
    """`a.b.c` for an expression of names and attributes, empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def shown(path: Path, line: int | None = None) -> str:
    """A place as a failing test names it."""
    where = str(path.relative_to(ROOT))
    return f"{where}:{line}" if line else where
