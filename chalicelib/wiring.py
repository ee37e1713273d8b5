"""Who joins what: the one place where a domain above is named to a domain below.

A domain imports only those below it. What one above adds to the work of one below is named here by
its path, `module:function`, and imported at first use, so a cold start imports what it serves and no
more. tests/architecture/test_wiring.py holds this page against the code: whatever has the form of a
part must stand here.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from holdfast.api.operations import OperationType
from holdfast.api.policy import POLICIES

# adds its writes to the transaction that finalizes a package
AT_FINALIZE = ("chalicelib.hooks.service.runs:queue_all",)

# adds its writes to the transaction that ends an operation; None where no record of its own must end with it
ENDS_WITH: dict[OperationType, str | None] = {
    OperationType.PACKAGE_FINALIZE: None,
    OperationType.PACKAGE_VERIFY: None,
    OperationType.PACKAGE_DELETE: None,
    OperationType.RETENTION_SWEEP: None,
    OperationType.INTEGRITY_SWEEP: None,
    OperationType.HOOK_RUN: "chalicelib.hooks.service.runs:end_with",
}

# says what a related record came to, for a run that did not end by itself; None where nothing can say it
TRUTHS: dict[OperationType, str | None] = {
    OperationType.PACKAGE_FINALIZE: "chalicelib.packages.service.finalize:truth",
    OperationType.PACKAGE_VERIFY: "chalicelib.packages.service.verifications:truth",
    OperationType.PACKAGE_DELETE: "chalicelib.packages.service.disposals:truth",
    OperationType.RETENTION_SWEEP: "chalicelib.packages.service.sweeps:truth",
    OperationType.INTEGRITY_SWEEP: None,
    OperationType.HOOK_RUN: "chalicelib.hooks.service.runs:truth",
}

# does the work of a claimed operation
PERFORMERS: dict[OperationType, str] = {
    OperationType.PACKAGE_FINALIZE: "chalicelib.packages.service.finalize:perform",
    OperationType.PACKAGE_VERIFY: "chalicelib.packages.service.verifications:perform",
    OperationType.PACKAGE_DELETE: "chalicelib.packages.service.disposals:perform",
    OperationType.RETENTION_SWEEP: "chalicelib.packages.service.sweeps:perform",
    OperationType.INTEGRITY_SWEEP: "chalicelib.packages.service.integrity:perform",
    OperationType.HOOK_RUN: "chalicelib.hooks.service.executions:perform",
}

# says what a user is in a workspace when the token does not
MEMBERSHIP = "chalicelib.members.service:grant"

# the blueprints of each domain: its routes, and its workers, which Lambda calls by their own paths
BLUEPRINTS: dict[str, tuple[str, ...]] = {
    "web": ("chalicelib.web.routes",),
    "storage": ("chalicelib.storage.routes", "chalicelib.storage.workers"),
    "members": ("chalicelib.members.routes",),
    "packages": ("chalicelib.packages.routes", "chalicelib.packages.workers"),
    "retention": ("chalicelib.retention.routes",),
    "conventions": ("chalicelib.conventions.routes",),
    "hooks": ("chalicelib.hooks.routes", "chalicelib.hooks.workers"),
    "operations": ("chalicelib.operations.routes", "chalicelib.operations.workers"),
}


@cache
def part(path: str) -> Any:
    """Return the function that `path` names as `module:function`, imported now if it was not."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def handlers(queue: str) -> dict[OperationType, Callable[..., Any]]:
    """Return what does the work of each type whose messages go to `queue`."""
    return {kind: part(path) for kind, path in PERFORMERS.items() if POLICIES[kind].queue == queue}


def serve(app: Any, domain: str, *, serves: str) -> None:
    """Register the blueprints of `domain` in the Chalice `app`, when this process serves the domain.

    `serves` is the setting: with names, only their routes are imported; empty, all routes and workers are.
    Raise `ValueError` when it names a domain that does not exist.
    """
    named = serves.split(",") if serves else []
    unknown = sorted(set(named) - set(BLUEPRINTS))
    if unknown:
        raise ValueError(f"HOLDFAST_SERVES names no domain: {', '.join(unknown)}")
    for path in BLUEPRINTS[domain]:
        if not named or (domain in named and path.endswith(".routes")):
            app.register_blueprint(part(f"{path}:bp"))


def import_routes() -> list[str]:
    """Import the routes of every domain, which registers them, and return the names of their modules."""
    paths = [path for paths in BLUEPRINTS.values() for path in paths if path.endswith(".routes")]
    return [import_module(path).__name__ for path in paths]
