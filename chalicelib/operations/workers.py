"""The schedules of queued work, and one failure bridge for each dead-letter queue."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.core.metrics import count
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.service import lifecycle, reconciliation

bp = Blueprint(__name__)


@bp.schedule("rate(1 minute)")
def dispatch_operations(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Send the messages that were not sent yet; return how many went."""
    return lifecycle.dispatch()


@bp.schedule("rate(1 minute)")
def reconcile_operations(event: CloudWatchEvent) -> dict[str, int]:  # noqa: ARG001  Chalice passes it
    """End overdue runs or queue them again; return the counts."""
    done = reconciliation.sweep()
    count("Sweeps", 1)  # counted at the end: a sweep that fails must be missing, or its alarm is silent
    count("StaleRuns", done.reconciled + done.redispatched)
    return done.model_dump(include={"inspected", "reconciled", "redispatched", "skipped"})


@bp.on_sqs_message(queue="packages-dead", batch_size=10)
@worker
def bridge_packages(delivery: Delivery) -> None:
    """End the run whose message no worker of `packages` could process."""
    reconciliation.bridge(delivery.body, queue="packages")


@bp.on_sqs_message(queue="sweeps-dead", batch_size=10)
@worker
def bridge_sweeps(delivery: Delivery) -> None:
    """End the run whose message no worker of `sweeps` could process."""
    reconciliation.bridge(delivery.body, queue="sweeps")


@bp.on_sqs_message(queue="hooks-dead", batch_size=10)
@worker
def bridge_hooks(delivery: Delivery) -> None:
    """End the run whose message no worker of `hooks` could process."""
    reconciliation.bridge(delivery.body, queue="hooks")
