"""Queue work on a package."""

from typing import Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.dynamodb.transaction import retry_when_stale, transact
from chalicelib.operations.service import lifecycle
from chalicelib.packages.models.package import Action
from chalicelib.packages.service import packages
from holdfast.api.operations import OperationType, Subject
from holdfast.api.packages import Queued


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
    run = lifecycle.Order(order.type, subject, order.context, loaded.record.tenant)
    try:
        with transact() as transaction:
            queued = lifecycle.queue(transaction, run, actor=actor)
            payload = {"operation_id": queued.operation.id}
            packages.save(
                transaction, loaded.state, loaded.record, action=order.action, actor=actor, payload=payload
            )
    except lifecycle.AlreadyActive:
        return Queued(operation_id=lifecycle.join(run, actor=actor).id, package_id=package_id)
    lifecycle.send(queued.outbox)
    return Queued(operation_id=queued.operation.id, package_id=package_id)
