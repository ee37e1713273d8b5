"""REST view of the reconciler."""

from chalicelib.auth.models import Actor, Scope
from chalicelib.auth.service import gate
from chalicelib.core.http import Routes
from chalicelib.operations.reconciliation import service
from chalicelib.operations.reconciliation.models import Reconcile, Sweep

bp = Routes(__name__, gate=gate)


@bp.post("/operations/reconcile", scope=Scope.OPERATIONS_MANAGE)
def reconcile_operations_now(body: Reconcile, actor: Actor) -> Sweep:
    """Sweep what you may see now: end what is overdue or give it out again; with `dry_run` only say so."""
    return service.reconcile(body, actor=actor)
