"""REST views of a workspace's own retention."""

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.core.errors import not_found
from chalicelib.http.routes import Routes
from chalicelib.retention import service
from holdfast.api.auth import Scope
from holdfast.api.retention import ClassList, RetentionClass, RetentionPolicy, SetClass, SetPolicy

bp = Routes(__name__, gate=gate)


@bp.get("/retention/classes", scope=Scope.PACKAGES_READ)
def list_retention_classes(actor: Actor) -> ClassList:
    """List the retention classes with their periods in this workspace."""
    return service.classes(actor=actor)


@bp.put("/retention/classes/{retention_class}", scope=Scope.RETENTION_MANAGE)
def set_retention_class(retention_class: str, body: SetClass, actor: Actor) -> ClassList:
    """Give a class another period in this workspace, for promises that are made from now on."""
    if retention_class not in set(RetentionClass):
        raise not_found()
    return service.set_class(RetentionClass(retention_class), body, actor=actor)


@bp.get("/retention/policy", scope=Scope.PACKAGES_READ)
def get_retention_policy(actor: Actor) -> RetentionPolicy:
    """Show whether the sweep deletes eligible packages, and after how many days of grace."""
    return service.policy(actor=actor)


@bp.put("/retention/policy", scope=Scope.RETENTION_MANAGE)
def set_retention_policy(body: SetPolicy, actor: Actor) -> RetentionPolicy:
    """Let the sweep delete eligible packages after a grace period, or stop it from that."""
    return service.set_policy(body, actor=actor)
