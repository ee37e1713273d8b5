"""Schedules of queued work, and the bridge from each dead-letter queue."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.core.metrics import count
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.service import lifecycle, reconciliation

bp = Blueprint(__name__)


@bp.schedule("rate(1 minute)")
def dispatch_operations(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Send unsent messages; answers how many."""
    return lifecycle.dispatch()


@bp.schedule("rate(1 minute)")
def reconcile_operations(event: CloudWatchEvent) -> dict[str, int]:  # noqa: ARG001  Chalice passes it
    """End what is overdue, or give it out again; answers the counts."""
    done = reconciliation.sweep()
    count("Sweeps", 1)  # one that fails is missing here: its alarm must not take a start for an end
    count("StaleRuns", done.reconciled + done.redispatched)
    return done.model_dump(include={"inspected", "reconciled", "redispatched", "skipped"})


@bp.on_sqs_message(queue="packages-dead", batch_size=10)
@worker
def bridge_packages(delivery: Delivery) -> None:
    """End the run whose message the queue `packages` gave up on."""
    reconciliation.bridge(delivery.body, queue="packages")


@bp.on_sqs_message(queue="sweeps-dead", batch_size=10)
@worker
def bridge_sweeps(delivery: Delivery) -> None:
    """End the run whose message the queue `sweeps` gave up on."""
    reconciliation.bridge(delivery.body, queue="sweeps")


@bp.on_sqs_message(queue="hooks-dead", batch_size=10)
@worker
def bridge_hooks(delivery: Delivery) -> None:
    """End the run whose message the queue `hooks` gave up on."""
    reconciliation.bridge(delivery.body, queue="hooks")
