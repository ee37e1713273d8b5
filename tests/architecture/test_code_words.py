"""Codes are declared in the contract, and every exclusion says why."""

import ast
import re
from pathlib import Path

from chalicelib.core.errors import HoldfastError
from chalicelib.http import problems
from chalicelib.web.service import catalogue as web
from tests.support.sources import EVERYTHING, SERVICE, dotted, python_files, shown, tree

DECLARED = re.compile(r"[A-Z][A-Z0-9_]*")
NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)", re.IGNORECASE)
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore\b(?P<rest>.*)")
NOQA_WITH_REASON = re.compile(r": [A-Z]+\d+(, ?[A-Z]+\d+)*  +\S.*")
IGNORE_WITH_REASON = re.compile(r"\[[a-z-]+(, ?[a-z-]+)*\]  # .*\S.*")
FORBIDDEN_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ERRORS = {HoldfastError.__name__} | {kind.__name__ for kind in HoldfastError.__subclasses__()}


def declarations() -> dict[str, str]:
    """Every constant of the contract that holds a declared code, and the code."""
    found: dict[str, str] = {}
    for path in python_files("holdfast/api/codes.py"):
        for node in tree(path).body:
            if isinstance(node, ast.Assign) and _declares(node.value):
                call = node.value
                assert isinstance(call, ast.Call)
                assert isinstance(node.targets[0], ast.Name)
                found[node.targets[0].id] = ast.literal_eval(call.args[0])
    return found


def _declares(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and dotted(value.func) == "declare"


def test_a_declared_code_is_held_by_a_constant_of_its_own_name() -> None:
    found = declarations()
    assert {name: code for name, code in found.items() if name != code} == {}
    assert set(found) == {entry.code for entry in web.errors().items}


def test_an_error_is_made_with_a_declared_constant_never_with_a_literal() -> None:
    known = declarations()
    wrong = [
        shown(path, node.lineno)
        for path in python_files(*SERVICE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and dotted(node.func) in ERRORS
        if not node.args or dotted(node.args[0]).rpartition(".")[2] not in known
    ]
    assert wrong == []


def test_every_declared_code_is_used() -> None:
    sources = "\n".join(path.read_text() for path in python_files(*SERVICE, "infra"))
    unused = [name for name in declarations() if len(re.findall(rf"\b{name}\b", sources)) < 2]
    assert unused == []


def test_every_error_class_has_one_status() -> None:
    workers_only = {"Permanent"}
    mapped = {kind.__name__ for kind in problems.STATUS}
    assert mapped == ERRORS - {"HoldfastError"} - workers_only


def test_every_lint_exclusion_names_its_rule_and_its_reason() -> None:
    bare = [
        shown(path, number)
        for path in python_files(*EVERYTHING)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for found in [NOQA.search(line)]
        if found and "re.compile" not in line and not NOQA_WITH_REASON.fullmatch(found["rest"])
    ]
    assert bare == []


def test_every_type_exclusion_names_its_rule_and_its_reason() -> None:
    bare = [
        shown(path, number)
        for path in python_files(*EVERYTHING)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for found in [TYPE_IGNORE.search(line)]
        if found and "re.compile" not in line and not IGNORE_WITH_REASON.fullmatch(found["rest"])
    ]
    assert bare == []


def test_nothing_is_left_to_be_done() -> None:
    left = [
        shown(path, number)
        for path in python_files(*EVERYTHING)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if FORBIDDEN_WORDS.search(line) and path != Path(__file__)
    ]
    assert left == []
