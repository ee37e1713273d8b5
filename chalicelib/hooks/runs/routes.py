"""REST views of hook runs."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.hooks.runs import service
from chalicelib.hooks.runs.models import HookRunPage, HookRunView, PackageRunQuery, RunQuery

bp = Routes(__name__, gate=gate)


@bp.get("/hook-runs", scope=Scope.HOOKS_READ)
def list_hook_runs(query: RunQuery, actor: Actor) -> HookRunPage:
    """List runs, newest first. A page may be short: go on while there is a `next_cursor`."""
    return service.search(query, actor=actor)


@bp.get("/hook-runs/{run_id}", scope=Scope.HOOKS_READ)
def get_hook_run(run_id: str, actor: Actor) -> HookRunView:
    """Show one run: its pinned release, what came of it, and the tail of its log."""
    return service.get(run_id, actor=actor)


@bp.get("/packages/{package_id}/hook-runs", scope=Scope.HOOKS_READ)
def list_package_runs(package_id: str, query: PackageRunQuery, actor: Actor) -> HookRunPage:
    """List the runs on one package, newest first."""
    return service.of_package(package_id, query, actor=actor)
