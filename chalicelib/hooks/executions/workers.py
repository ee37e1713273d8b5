"""The worker of the queue `hooks`: runs hooks."""

from chalice.app import Blueprint

from chalicelib.core.worker import Delivery, worker
from chalicelib.hooks.runs import service as runs
from chalicelib.operations.claims import service as claims
from chalicelib.operations.claims.service import Claim
from chalicelib.operations.models import Operation, OperationType, Result
from chalicelib.operations.reconciliation.service import follows

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="hooks", batch_size=1)
@worker
def hooks_worker(delivery: Delivery) -> None:
    """Claim the run that the message names and run its hook. A repeated delivery is a no-op."""
    claims.perform(delivery, HANDLERS)


def _execute(claim: Claim) -> Result:
    # here, since of all functions only this one runs code
    from chalicelib.hooks.executions import service
    from chalicelib.hooks.runtimes import service as runtimes

    return service.execute(claim, run_code=runtimes.run)


HANDLERS = {OperationType.HOOK_RUN: _execute}


@follows(OperationType.HOOK_RUN)
def hook_run_truth(operation: Operation) -> Result | None:
    """What the hook run itself says of its operation; None while it is not over."""
    return runs.truth(operation)
