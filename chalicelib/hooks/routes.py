"""REST views of hooks and their live pointer."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.hooks import service
from chalicelib.hooks.models import Hook, HookPage, MovePointer, PageQuery, PointerHistory

bp = Routes(__name__, gate=gate)


@bp.get("/hooks", scope=Scope.HOOKS_READ)
def list_hooks(query: PageQuery, actor: Actor) -> HookPage:
    """List hooks, newest first."""
    return service.search(query, actor=actor)


@bp.get("/hooks/{name}", scope=Scope.HOOKS_READ)
def get_hook(name: str, actor: Actor) -> Hook:
    """Show one hook: its feature, its contract and the release that is live."""
    return service.get(name, actor=actor)


@bp.put("/hooks/{name}/live", scope=Scope.HOOKS_WRITE, refusals=(409,))
def move_pointer(name: str, body: MovePointer, actor: Actor) -> Hook:
    """Make a release live, back as well as forth; runs that are queued keep the release that they have."""
    return service.move(name, body, actor=actor)


@bp.get("/hooks/{name}/pointer-history", scope=Scope.HOOKS_READ)
def list_pointer_moves(name: str, query: PageQuery, actor: Actor) -> PointerHistory:
    """List where the live pointer has been, oldest first. A page may be short: go on with `next_cursor`."""
    return service.pointer_history(name, query, actor=actor)
