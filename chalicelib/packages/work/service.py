"""Queue work on a package."""

from typing import Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.core.transaction import retry_when_stale, transact
from chalicelib.operations.models import OperationType, Subject
from chalicelib.operations.runs import service as runs
from chalicelib.packages import service as packages
from chalicelib.packages.models import Action
from chalicelib.packages.work.models import Queued


class Order(NamedTuple):
    """What a worker is to do to a package, and the package's own event that says so."""

    type: OperationType
    context: dict[str, Any]
    action: Action


@retry_when_stale
def queue(package_id: str, order: Order, *, actor: Actor) -> Queued:
    """Queue the work; the same work on the same package, while one is active, is that one."""
    loaded = packages.load(package_id, actor=actor)
    subject = Subject(kind="package", id=package_id)
    run = runs.Order(order.type, subject, order.context, loaded.record.tenant)
    try:
        with transact() as transaction:
            queued = runs.queue(transaction, run, actor=actor)
            payload = {"operation_id": queued.operation.id}
            packages.save(
                transaction, loaded.state, loaded.record, action=order.action, actor=actor, payload=payload
            )
    except runs.AlreadyActive:
        return Queued(operation_id=runs.join(run, actor=actor).id, package_id=package_id)
    runs.send(queued.outbox)
    return Queued(operation_id=queued.operation.id, package_id=package_id)
