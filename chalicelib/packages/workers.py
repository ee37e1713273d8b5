"""The workers of the queues `packages` and `sweeps`, and the schedules that fill the queue `sweeps`."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import wiring
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.service import claims

bp = Blueprint(__name__)


@bp.on_sqs_message(queue="packages", batch_size=1)
@worker
def packages_worker(delivery: Delivery) -> None:
    """Claim the run that the message names and do its work. A repeated delivery changes nothing."""
    claims.perform(delivery, wiring.handlers("packages"))


@bp.on_sqs_message(queue="sweeps", batch_size=1)
@worker
def sweeps_worker(delivery: Delivery) -> None:
    """Claim the sweep or deletion that the message names and do it. A repeated delivery changes nothing."""
    claims.perform(delivery, wiring.handlers("sweeps"))


@bp.schedule("rate(1 hour)")
def sweep_retention(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Queue a retention sweep for each workspace that has something due; return how many."""
    from chalicelib.packages.service import sweeps

    return sweeps.queue_due()


@bp.schedule("rate(1 hour)")
def sweep_integrity(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Queue an integrity sweep for each workspace that has something due; return how many."""
    from chalicelib.packages.service import integrity

    return integrity.queue_due()
