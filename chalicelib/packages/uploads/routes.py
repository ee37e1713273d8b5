"""REST view of upload plans."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.packages.uploads import service
from chalicelib.packages.uploads.models import Plan, UploadPlan

bp = Routes(__name__, gate=gate)


@bp.post("/packages/{package_id}/uploads", scope=Scope.PACKAGES_WRITE)
def plan_uploads(package_id: str, body: Plan, actor: Actor) -> UploadPlan:
    """Declare up to 500 files and get, for each, the request that sends its bytes."""
    return service.plan(package_id, body, actor=actor)
