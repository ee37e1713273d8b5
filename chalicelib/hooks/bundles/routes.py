"""REST view of bundles."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.hooks.bundles import service
from chalicelib.hooks.bundles.models import BundlePlan, BundleUpload

bp = Routes(__name__, gate=gate)


@bp.post("/hooks/{name}/bundles", scope=Scope.HOOKS_WRITE, refusals=(409,))
def plan_bundle(name: str, body: BundlePlan, actor: Actor) -> BundleUpload:
    """Get the request that sends a zip of code to the hook store, bound to its bytes."""
    return service.plan(name, body, actor=actor)
