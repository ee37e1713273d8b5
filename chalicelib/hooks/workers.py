"""The worker of the queue `hooks`: runs hooks."""

from chalice.app import Blueprint

from chalicelib.core.worker import Delivery, worker
from chalicelib.hooks.service import runs
from chalicelib.operations.service import claims
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.service.reconciliation import follows
from holdfast.api.operations import Operation, OperationType, Result

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="hooks", batch_size=1)
@worker
def hooks_worker(delivery: Delivery) -> None:
    """Claim the run that the message names and run its hook. A repeated delivery is a no-op."""
    claims.perform(delivery, HANDLERS)


def _execute(claim: Claim) -> Result:
    # here, since of all functions only this one runs code
    from chalicelib.hooks.service import executions, runtimes

    return executions.execute(claim, run_code=runtimes.run)


HANDLERS = {OperationType.HOOK_RUN: _execute}


@follows(OperationType.HOOK_RUN)
def hook_run_truth(operation: Operation) -> Result | None:
    """What the hook run itself says of its operation; None while it is not over."""
    return runs.truth(operation)
