"""REST view of notices."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.operations.notifications import service
from chalicelib.operations.notifications.models import NotificationPage, NotificationQuery

bp = Routes(__name__, gate=gate)


@bp.get("/notifications", scope=Scope.OPERATIONS_READ)
def list_notifications(query: NotificationQuery, actor: Actor) -> NotificationPage:
    """List the notices of runs that you asked for and that have ended, newest first."""
    return service.search(query, actor=actor)
