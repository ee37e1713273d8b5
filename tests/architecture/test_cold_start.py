"""A cold start imports the domains that its function serves, those below them, and no other one."""

import json
import os
import subprocess
import sys

import pytest

from chalicelib.wiring import BLUEPRINTS
from infra.groups import GROUPS
from tests.support.sources import ROOT

PROGRAM = """
import json, sys
import {module}
print(json.dumps([name for name in sys.modules if name.startswith("chalicelib.")]))
"""
GROUND = {"core", "http", "dynamodb", "auth", "wiring"}
# the domains of each function, and those below them that their services call
DOMAINS: dict[str, set[str]] = {
    "web": {"web", "storage"},
    "members": {"members", "audit"},
    "packages": {
        *("packages", "retention"),
        *("conventions", "operations", "audit", "storage", "validation"),
    },
    "hooks": {
        *("hooks", "conventions"),
        *("packages", "retention", "operations", "audit", "storage", "validation"),
    },
    "operations": {"operations", "audit"},
}
WORKERS: dict[str, set[str]] = {
    "chalicelib.storage.workers": {"core", "dynamodb", "storage"},
    "chalicelib.packages.workers": {*GROUND, "packages", "operations", "audit"},
    "chalicelib.hooks.workers": {*GROUND, "hooks", "operations", "audit"},
    "chalicelib.operations.workers": {*GROUND, "operations", "audit"},
}


def imported(module: str, *, serves: str = "") -> set[str]:
    """Import `module` in a fresh interpreter; the modules of ours that are there afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        cwd=ROOT,
        env=environment | {"HOLDFAST_SERVES": serves},
        check=True,
        capture_output=True,
    )
    return set(json.loads(ran.stdout))


def domains(modules: set[str]) -> set[str]:
    return {name.split(".")[1] for name in modules}


@pytest.mark.parametrize("group", GROUPS)
def test_a_function_of_the_api_imports_its_domains_and_those_below(group: str) -> None:
    modules = imported("app", serves=",".join(GROUPS[group]))
    assert domains(modules) == GROUND | DOMAINS[group]
    routes = {name for name in modules if name.endswith(".routes")} - {"chalicelib.http.routes"}
    assert routes == {f"chalicelib.{domain}.routes" for domain in GROUPS[group]}
    assert not [name for name in modules if name.endswith(".workers")]


@pytest.mark.parametrize("module", WORKERS)
def test_a_worker_imports_its_own_module_and_what_claims_work(module: str) -> None:
    modules = imported(module)
    assert domains(modules) == WORKERS[module]
    assert not [name for name in modules if name.endswith(".routes") and name != "chalicelib.http.routes"]


def test_every_function_is_tried_here() -> None:
    assert set(DOMAINS) == set(GROUPS)
    assert set(WORKERS) == {path for paths in BLUEPRINTS.values() for path in paths if "workers" in path}


def test_a_function_without_a_list_serves_everything() -> None:
    modules = imported("app")
    assert {path for paths in BLUEPRINTS.values() for path in paths} <= modules


def test_a_name_that_is_no_domain_stops_the_start() -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        imported("app", serves="web,gossip")
    assert b"HOLDFAST_SERVES names no domain: gossip" in raised.value.stderr
