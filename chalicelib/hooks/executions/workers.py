"""The worker of the queue `hooks`: runs hooks."""

from functools import partial

from chalice.app import Blueprint

from chalicelib.core.worker import Delivery, worker
from chalicelib.hooks.executions import service
from chalicelib.hooks.runs import service as runs
from chalicelib.hooks.runtimes import service as runtimes
from chalicelib.operations.claims import service as claims
from chalicelib.operations.models import Operation, OperationType, Result
from chalicelib.operations.reconciliation.service import follows

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="hooks", batch_size=1)
@worker
def hooks_worker(delivery: Delivery) -> None:
    """Claim the run that the message names and run its hook. A repeated delivery is a no-op."""
    claims.perform(delivery, HANDLERS)


HANDLERS = {OperationType.HOOK_RUN: partial(service.execute, run_code=runtimes.run)}


@follows(OperationType.HOOK_RUN)
def hook_run_truth(operation: Operation) -> Result | None:
    """What the hook run itself says of its operation; None while it is not over."""
    return runs.truth(operation)
