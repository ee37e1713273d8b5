"""The worker of the queue `hooks`."""

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.service import claims

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="hooks", batch_size=1)
@worker
def hooks_worker(delivery: Delivery) -> None:
    """Claim the run that the message names, and run its hook. A repeated delivery changes nothing."""
    claims.perform(delivery, wiring.handlers("hooks"))
