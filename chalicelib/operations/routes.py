"""REST views of operations."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.operations import service
from chalicelib.operations.models import Operation

bp = Routes(__name__, gate=gate)


@bp.get("/operations/{operation_id}", scope=Scope.OPERATIONS_READ)
def get_operation(operation_id: str, actor: Actor) -> Operation:
    """Show one operation: where it stands and what came of it."""
    return service.get(operation_id, actor=actor)
