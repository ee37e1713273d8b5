"""The scheduled half of sending: what a crash left in the outbox goes out within a minute."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.operations.runs import service

bp = Blueprint(__name__)


@bp.schedule("rate(1 minute)")
def dispatch_operations(event: CloudWatchEvent) -> int:  # noqa: ARG001  Chalice calls it with the event
    """Send unsent messages; answers how many."""
    return service.dispatch()
