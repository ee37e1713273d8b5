"""Every route of the service, and a request for each that would do if its asker might and its record were."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from app import app
from chalicelib.http import routes
from chalicelib.http.routes import PUBLIC, SIGNED_IN, Route
from holdfast.api.bundles import BundlePlan
from holdfast.api.deployments import Deploy
from holdfast.api.disposals import Delete
from holdfast.api.hooks import MovePointer
from holdfast.api.impact import Rerun
from holdfast.api.integrity import SweepRequest
from holdfast.api.manifests import Finalize
from holdfast.api.members import Add, Change
from holdfast.api.packages import Create, Fail
from holdfast.api.reconciliation import Reconcile
from holdfast.api.releases import NewRelease
from holdfast.api.retention import ApplyHold, Extend, ReleaseHold, SetClass, SetPolicy
from holdfast.api.sweeps import SweepRetention
from holdfast.api.uploads import Plan
from tests.support.api import Answer, Api
from tests.support.factories import SHA256

ABSENT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
RELEASE = {
    "feature": "suites",
    "contract": [{"name": "suite", "type": "string", "required": True}],
    "digest": SHA256,
}
EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    BundlePlan: {"digest": SHA256, "size": 1},
    Deploy: {"slug": "junit-run", "title": "A JUnit run"},
    MovePointer: {"version": 1},
    NewRelease: RELEASE,
    Add: {"user_id": "grace", "role": "viewer"},
    Change: {"role": "operator"},
    Create: {"producer": "nightly", "kind": "junit", "name": "unit tests"},
    Delete: {"reason": "nobody needs it"},
    Extend: {"extend_days": 30, "reason": "an audit"},
    ApplyHold: {"name": "case-7", "reason": "a dispute"},
    ReleaseHold: {"reason": "the case is settled"},
    SetClass: {"period_days": 30, "reason": "the law changed"},
    SetPolicy: {"auto_delete": False, "grace_days": 14, "reason": "room"},
    SweepRetention: {"dry_run": True},
    SweepRequest: {"dry_run": True},
    Fail: {"reason": "the run was stopped"},
    Finalize: {},
    Reconcile: {"dry_run": True},
    Rerun: {},
    Plan: {"files": [{"path": "a.txt", "sha256": SHA256, "size": 0}]},
}
QUERIES = {"/packages/{package_id}/download": "?path=a.txt"}
IDS = {
    "package_id": f"pkg_{ABSENT}",
    "operation_id": f"op_{ABSENT}",
    "code": "NO_SUCH_CODE",
    "name": "absent",
    "slug": "absent",
    "version": "1",
    "run_id": f"run_{ABSENT}",
    "feature": "absent",
    "user_id": "nobody",
    "hold_name": "no-such-hold",
    "retention_class": "no-such-class",
}


def service_routes() -> list[Route]:
    """Every route that the app registers, by path and method."""
    served = {(method, path) for path, methods in app.routes.items() for method in methods}
    own = [route for route in routes.routes if (route.method, route.path) in served]
    return sorted(own, key=lambda route: (route.path, route.method))


def guarded_routes() -> list[Route]:
    """Every route that wants a token."""
    return [route for route in service_routes() if route.scope != PUBLIC]


def member_routes() -> list[Route]:
    """Every route that wants a member of a workspace."""
    return [route for route in guarded_routes() if route.scope != SIGNED_IN]


def named(route: Route) -> str:
    """How a test names a route."""
    return f"{route.method} {route.path}"


def target(route: Route, **ids: Any) -> str:
    """The path and query of a request; the ids are of nothing that exists unless given."""
    return route.path.format(**IDS | ids) + QUERIES.get(route.path, "")


def ask(api: Api, route: Route, *, headers: Mapping[str, str] | None = None, **ids: Any) -> Answer:
    """Send a request that breaks no rule."""
    body = EXAMPLES[route.body] if route.body else b"bytes" if route.reads else None
    return api.request(route.method, target(route, **ids), body=body, headers=dict(headers or {}))
