"""REST views of releases."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Answer, Routes
from chalicelib.hooks.models import PageQuery
from chalicelib.hooks.releases import service
from chalicelib.hooks.releases.models import NewRelease, Release, Released, ReleasePage

bp = Routes(__name__, gate=gate)


@bp.post(
    "/hooks/{name}/releases",
    scope=Scope.HOOKS_WRITE,
    status=201,
    answers={200: Released},
    refusals=(409,),
    creates=True,
)
def release_hook(name: str, body: NewRelease, actor: Actor) -> Released | Answer:
    """Release a hook: the next version, or 200 with the one that is the same; the first makes the hook."""
    made = service.release(name, body, actor=actor)
    return made if made.created else Answer(made, status=200)


@bp.get("/hooks/{name}/releases", scope=Scope.HOOKS_READ)
def list_releases(name: str, query: PageQuery, actor: Actor) -> ReleasePage:
    """List a hook's releases, newest first."""
    return service.search(name, query, actor=actor)


@bp.get("/hooks/{name}/releases/{version}", scope=Scope.HOOKS_READ)
def get_release(name: str, version: str, actor: Actor) -> Release:
    """Show one release: its code, configuration and limits, and who built it from what."""
    return service.get(name, version, actor=actor)
