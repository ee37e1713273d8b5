"""REST views of a release's blast radius."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.hooks.impact import service
from chalicelib.hooks.impact.models import Impact, ImpactQuery, Reran, Rerun

bp = Routes(__name__, gate=gate)


@bp.get("/hooks/{name}/releases/{version}/impact", scope=Scope.HOOKS_READ)
def show_impact(name: str, version: str, query: ImpactQuery, actor: Actor) -> Impact:
    """List what a release made, newest first: its runs, their packages and how many rows."""
    return service.show(name, version, query, actor=actor)


@bp.post(
    "/hooks/{name}/releases/{version}/rerun",
    scope=Scope.HOOKS_WRITE,
    status=202,
    refusals=(409,),
    creates=True,
)
def rerun_release(name: str, version: str, body: Rerun, actor: Actor) -> Reran:
    """Queue the live release on the packages that a release ran on; go on while there is a `next_cursor`."""
    return service.rerun(name, version, body, actor=actor)
