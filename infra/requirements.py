"""Make requirements.txt for the Lambda functions, pinned and hashed as requirements.lock has it.

The imports of the service and of the contract say what is needed. A library that only the client,
the tests or the embedded stack use is not shipped, and one that a new import needs cannot be forgotten.
The lock holds for Python 3.11 to 3.13: its entries keep their markers, and pip decides by them.
"""

import ast
import importlib.metadata
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OWN = {"app", "chalicelib", "holdfast"}
COPIED = {"chalice"}  # Chalice's packager copies its own runtime, which needs nothing else
HEADER = "# Made from requirements.lock by infra/requirements.py at every build; not committed.\n"


class NotLocked(Exception):
    """The service imports what the lock does not pin; `args` names it."""


def write(project: Path) -> Path:
    """Write `requirements.txt` at the root of `project`, where packaging looks for it, and return its path.

    Raises `NotLocked` when the service imports a library that requirements.lock does not pin.
    """
    entries = _locked(project / "requirements.lock")
    needed = closure(imported(project))
    missing = sorted(needed - entries.keys())
    if missing:
        raise NotLocked(f"requirements.lock does not pin {', '.join(missing)}; run `make lock`.")
    target = project / "requirements.txt"
    target.write_text(HEADER + "".join(entries[name] for name in sorted(needed)))
    return target


def imported(project: Path) -> set[str]:
    """Return the canonical names of the distributions that the app, the service and the contract import."""
    folders = (project / "chalicelib", project / "holdfast" / "api")
    sources = [project / "app.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    modules = {name for source in sources for name in _imports(ast.parse(source.read_text()))}
    foreign = modules - OWN - COPIED - set(sys.stdlib_module_names)
    distributions_by_module = importlib.metadata.packages_distributions()
    unknown = sorted(foreign - distributions_by_module.keys())
    if unknown:
        raise NotLocked(f"No installed library brings {', '.join(unknown)}.")
    return {canonicalize_name(name) for module in foreign for name in distributions_by_module[module]}


def closure(roots: set[str]) -> set[str]:
    """Return `roots` and everything they need here, with the extras that we ask for (`PyJWT[crypto]`)."""
    wanted = {(name, frozenset[str]()) for name in roots} | _asked_extras(roots)
    seen: set[tuple[str, frozenset[str]]] = set()
    while fresh := wanted - seen:
        seen |= fresh
        wanted |= {needed for name, extras in fresh for needed in _needed_by(name, extras)}
    return {name for name, _ in seen}


def _asked_extras(roots: set[str]) -> set[tuple[str, frozenset[str]]]:
    ours = [Requirement(text) for text in importlib.metadata.requires("holdfast") or []]
    asked = {(canonicalize_name(found.name), frozenset(found.extras)) for found in ours if found.extras}
    return {(name, extras) for name, extras in asked if name in roots}


def _needed_by(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in importlib.metadata.requires(name) or []:
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if not requirement.marker or any(requirement.marker.evaluate(given) for given in environments):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        else:
            yield from _imports(node)


def _locked(lock: Path) -> dict[str, str]:
    # a name has one entry for each set of markers, so more than one where the Pythons need different versions
    entry = re.compile(r"^([A-Za-z0-9._-]+)==\S+.*\n(?:    --hash=.*\n)*", re.MULTILINE)
    entries: defaultdict[str, str] = defaultdict(str)
    for found in entry.finditer(lock.read_text()):
        entries[canonicalize_name(found[1])] += found[0]
    return entries
