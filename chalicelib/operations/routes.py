"""REST views of operations, notifications and the reconciler."""

from chalicelib.auth.models import Actor
from chalicelib.auth.service import gate
from chalicelib.http.routes import Routes
from chalicelib.operations.service import notifications, operations, reconciliation
from holdfast.api.auth import Scope
from holdfast.api.notifications import NotificationPage, NotificationQuery
from holdfast.api.operations import OperationPage, OperationQuery, OperationSummary, OperationView, Summary
from holdfast.api.reconciliation import Reconcile, Sweep

bp = Routes(__name__, gate=gate)


@bp.get("/operations", scope=Scope.OPERATIONS_READ)
def list_operations(query: OperationQuery, actor: Actor) -> OperationPage:
    """List runs, newest first. A page may be short: read on while there is a `next_cursor`."""
    return operations.search(query, actor=actor)


@bp.get("/operations/summary", scope=Scope.OPERATIONS_READ)
def summarize_operations(actor: Actor) -> Summary:
    """Count the runs of the last seven days by status and freshness, and those that were reconciled."""
    return operations.summary(actor=actor)


@bp.get("/operations/{operation_id}", scope=Scope.OPERATIONS_READ)
def get_operation(operation_id: str, actor: Actor) -> OperationView:
    """Show one run: its status, how fresh that is, the next steps, and its timeline."""
    return operations.get(operation_id, actor=actor)


@bp.post("/operations/{operation_id}/cancel", scope=Scope.OPERATIONS_MANAGE)
def cancel_operation(operation_id: str, actor: Actor) -> OperationSummary:
    """End a queued run at once, or ask a running one to stop at its next renewal."""
    return operations.cancel(operation_id, actor=actor)


@bp.post("/operations/reconcile", scope=Scope.OPERATIONS_MANAGE)
def reconcile_operations_now(body: Reconcile, actor: Actor) -> Sweep:
    """Reconcile overdue runs that you may see: end each, or queue it again; `dry_run` only lists them."""
    return reconciliation.reconcile(body, actor=actor)


@bp.get("/notifications", scope=Scope.OPERATIONS_READ)
def list_notifications(query: NotificationQuery, actor: Actor) -> NotificationPage:
    """List the notices of your own runs that have ended, newest first."""
    return notifications.search(query, actor=actor)
