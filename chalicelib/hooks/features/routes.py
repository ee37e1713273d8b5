"""REST view of feature rows."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.hooks.features import service
from chalicelib.hooks.features.models import FeaturePage, FeatureQuery

bp = Routes(__name__, gate=gate)


@bp.get("/features/{feature}", scope=Scope.HOOKS_READ)
def list_feature_rows(feature: str, query: FeatureQuery, actor: Actor) -> FeaturePage:
    """List what hooks found, the oldest run first; with `provenance=true` each row says what made it."""
    return service.show(feature, query, actor=actor)
