"""REST views of conventions. A declaration also changes hooks, so it is in `chalicelib/hooks/routes.py`."""

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.conventions import service
from chalicelib.http.routes import Answer, Routes
from holdfast.api.auth import Scope
from holdfast.api.conventions import Convention, ConventionPage, ConventionQuery

bp = Routes(__name__, gate=gate)


@bp.get("/conventions", scope=Scope.CONVENTIONS_READ)
def list_conventions(query: ConventionQuery, actor: Actor) -> ConventionPage:
    """List conventions, newest first."""
    return service.search(query, actor=actor)


@bp.get("/conventions/{slug}", scope=Scope.CONVENTIONS_READ)
def get_convention(slug: str, actor: Actor) -> Convention:
    """Show one convention: what packages must be, and which hooks run on them."""
    return service.get(slug, actor=actor)


@bp.delete("/conventions/{slug}", scope=Scope.CONVENTIONS_WRITE, status=204, refusals=(409,))
def delete_convention(slug: str, actor: Actor) -> Answer:
    """Delete a convention that no package refers to."""
    service.delete(slug, actor=actor)
    return Answer(None)
