"""wiring.py says all that joins: what has the form of a part stands there, and what stands there is one."""

import ast
import importlib
import inspect
from typing import Any

import pytest
from chalice.app import Blueprint

from chalicelib import wiring
from holdfast.api.operations import OperationType
from tests.support.sources import ROOT, Function, functions, python_files

BY_TYPE: dict[str, dict[OperationType, Any]] = {
    "ENDS_WITH": dict(wiring.ENDS_WITH),
    "TRUTHS": dict(wiring.TRUTHS),
    "PERFORMERS": dict(wiring.PERFORMERS),
}
# the form of each kind of part: its parameters' types, and what it returns
FORMS: dict[str, tuple[list[str], str]] = {
    "AT_FINALIZE": (["Transaction", "PackageRecord", "Actor"], "Joined | None"),
    "ENDS_WITH": (["Transaction", "Operation"], "dict[str, Any]"),
    "TRUTHS": (["Operation"], "Result | None"),
    "PERFORMERS": (["Claim"], "Result"),
    "MEMBERSHIP": (["str", "str"], "Grant | None"),
}


def wired(name: str) -> set[str]:
    """The paths that a table of wiring.py names."""
    table = getattr(wiring, name)
    paths = table.values() if isinstance(table, dict) else [table] if isinstance(table, str) else table
    return {path for path in paths if path}


def parts(name: str) -> set[str]:
    """The public functions of all services that have the form of such a part."""
    takes, returns = FORMS[name]
    return {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}:{function.name}"
        for path in python_files("chalicelib")
        if "service" in {path.stem, path.parent.name}
        for function in functions(path)
        if not function.name.startswith("_") and form(function) == (takes, returns)
    }


def form(function: Function) -> tuple[list[str], str]:
    """The types that a function takes and returns, as they are written."""
    arguments = [ast.unparse(given.annotation) for given in function.args.args if given.annotation]
    keywords = [given.arg for given in function.args.kwonlyargs]
    return arguments + keywords, ast.unparse(function.returns).strip("'") if function.returns else ""


@pytest.mark.parametrize("name", BY_TYPE)
def test_every_type_of_operation_has_its_line(name: str) -> None:
    assert set(BY_TYPE[name]) == set(OperationType)


@pytest.mark.parametrize("name", FORMS)
def test_whatever_has_the_form_of_a_part_is_wired_and_nothing_else(name: str) -> None:
    assert wired(name)
    assert parts(name) == wired(name)


@pytest.mark.parametrize("name", FORMS)
def test_every_path_leads_to_a_function(name: str) -> None:
    for path in wired(name):
        module, _, function = path.partition(":")
        assert inspect.isfunction(getattr(importlib.import_module(module), function)), path


def test_every_module_of_routes_or_workers_is_a_blueprint_of_its_domain() -> None:
    there = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in python_files("chalicelib")
        if path.stem in {"routes", "workers"} and path.parent.name != "http"
    }
    named = {path: domain for domain, paths in wiring.BLUEPRINTS.items() for path in paths}
    assert set(named) == there
    assert all(path.split(".")[1] == domain for path, domain in named.items())


class App:
    """Notes which blueprints are registered, by their modules."""

    def __init__(self) -> None:
        self.modules: list[str] = []

    def register_blueprint(self, blueprint: Blueprint) -> None:
        self.modules.append(blueprint._import_name)


def test_a_process_serves_the_domains_that_it_is_told_to_and_no_workers() -> None:
    everything, some = App(), App()
    for domain in wiring.BLUEPRINTS:
        wiring.serve(everything, domain, serves="")
        wiring.serve(some, domain, serves="members,operations")
    assert everything.modules == [path for paths in wiring.BLUEPRINTS.values() for path in paths]
    assert some.modules == ["chalicelib.members.routes", "chalicelib.operations.routes"]


def test_a_domain_that_does_not_exist_is_not_served_in_silence() -> None:
    with pytest.raises(ValueError, match="gossip"):
        wiring.serve(App(), "web", serves="web,gossip")


def test_nothing_else_registers_itself_by_being_imported() -> None:
    """No list or table of a service is filled by a decorator of another one."""
    decorated = [
        f"{path.relative_to(ROOT)}:{function.lineno}"
        for path in python_files("chalicelib")
        if "service" in {path.stem, path.parent.name}
        for function in functions(path)
        for decorator in function.decorator_list
        if ast.unparse(decorator).partition("(")[0] not in ALLOWED
    ]
    assert decorated == []


ALLOWED = {
    "cached_property",
    "contextmanager",
    "lru_cache",
    "property",
    "retry_when_contended",
    "retry_when_stale",
    "staticmethod",
}
