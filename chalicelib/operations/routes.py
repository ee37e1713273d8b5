"""REST views of operations."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.operations import service
from chalicelib.operations.presentation.models import (
    OperationPage,
    OperationQuery,
    OperationSummary,
    OperationView,
    Summary,
)

bp = Routes(__name__, gate=gate)


@bp.get("/operations", scope=Scope.OPERATIONS_READ)
def list_operations(query: OperationQuery, actor: Actor) -> OperationPage:
    """List runs, newest first. A page may be short: go on while there is a `next_cursor`."""
    return service.search(query, actor=actor)


@bp.get("/operations/summary", scope=Scope.OPERATIONS_READ)
def summarize_operations(actor: Actor) -> Summary:
    """Count the runs of the last seven days by status and freshness, and those that were reconciled."""
    return service.summary(actor=actor)


@bp.get("/operations/{operation_id}", scope=Scope.OPERATIONS_READ)
def get_operation(operation_id: str, actor: Actor) -> OperationView:
    """Show one run: where it stands, whether that can be believed, what to do, and what happened."""
    return service.get(operation_id, actor=actor)


@bp.post("/operations/{operation_id}/cancel", scope=Scope.OPERATIONS_MANAGE)
def cancel_operation(operation_id: str, actor: Actor) -> OperationSummary:
    """End a queued run at once, or ask a running one to stop at its next renewal."""
    return service.cancel(operation_id, actor=actor)
