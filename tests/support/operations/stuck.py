"""Runs that are stuck, and the sweep over them."""

from chalicelib.auth.models import Actor
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.service import lifecycle, reconciliation
from holdfast.api.operations import Operation, OperationType, Subject
from holdfast.api.reconciliation import Reconcile, Sweep
from tests.support.factories import make_actor
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.world import KIND, DeliveryOrder, World


def queue(
    world: World,
    subject: str = "pkg_1",
    *,
    kind: OperationType = KIND,
    tenant: str | None = None,
    **asking: str,
) -> Operation:
    """A run that nobody will take."""
    order = lifecycle.OperationRequest(kind, Subject(kind="package", id=subject), {}, tenant)
    with world.at(), transact() as transaction:
        return lifecycle.queue(transaction, order, actor=make_actor(**asking)).operation


def die(world: World) -> None:
    """A worker takes the oldest message that can be received, and is killed."""
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    hired.resume(DeliveryOrder.DIE)


def overdue(world: World) -> None:
    world.pass_time(longest_wait_s())


def reconcile(world: World, *, actor: Actor | None = None, **wanted: object) -> Sweep:
    with world.at():
        body = Reconcile.model_validate(wanted)
        return reconciliation.reconcile(body, actor=actor or make_actor())
