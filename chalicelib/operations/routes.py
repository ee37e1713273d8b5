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
    """List runs, newest first. A page may be short: go on while there is a `next_cursor`."""
    return operations.search(query, actor=actor)


@bp.get("/operations/summary", scope=Scope.OPERATIONS_READ)
def summarize_operations(actor: Actor) -> Summary:
    """Count the runs of the last seven days by status and freshness, and those that were reconciled."""
    return operations.summary(actor=actor)


@bp.get("/operations/{operation_id}", scope=Scope.OPERATIONS_READ)
def get_operation(operation_id: str, actor: Actor) -> OperationView:
    """Show one run: where it stands, whether that can be believed, what to do, and what happened."""
    return operations.get(operation_id, actor=actor)


@bp.post("/operations/{operation_id}/cancel", scope=Scope.OPERATIONS_MANAGE)
def cancel_operation(operation_id: str, actor: Actor) -> OperationSummary:
    """End a queued run at once, or ask a running one to stop at its next renewal."""
    return operations.cancel(operation_id, actor=actor)


@bp.post("/operations/reconcile", scope=Scope.OPERATIONS_MANAGE)
def reconcile_operations_now(body: Reconcile, actor: Actor) -> Sweep:
    """Sweep what you may see now: end what is overdue or give it out again; with `dry_run` only say so."""
    return reconciliation.reconcile(body, actor=actor)


@bp.get("/notifications", scope=Scope.OPERATIONS_READ)
def list_notifications(query: NotificationQuery, actor: Actor) -> NotificationPage:
    """List the notices of runs that you asked for and that have ended, newest first."""
    return notifications.search(query, actor=actor)
