"""Runs that are stuck, and the sweep over them."""

from chalicelib.auth.models import Actor
from chalicelib.core.transaction import transact
from chalicelib.operations.models import (
    Operation,
    OperationType,
    Subject,
)
from chalicelib.operations.reconciliation import service
from chalicelib.operations.reconciliation.models import Reconcile, Sweep
from chalicelib.operations.runs import service as runs
from tests.factories import make_actor
from tests.faults.recovery import longest_wait_s
from tests.faults.world import KIND, Order, World


def queue(
    world: World,
    subject: str = "pkg_1",
    *,
    kind: OperationType = KIND,
    tenant: str | None = None,
    **asking: str,
) -> Operation:
    """A run that nobody will take."""
    order = runs.Order(kind, Subject(kind="package", id=subject), {}, tenant)
    with world.at(), transact() as transaction:
        return runs.queue(transaction, order, actor=make_actor(**asking)).operation


def die(world: World) -> None:
    """A worker takes the oldest message that can be received, and is killed."""
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    hired.resume(Order.DIE)


def overdue(world: World) -> None:
    world.pass_time(longest_wait_s())


def reconcile(world: World, *, actor: Actor | None = None, **wanted: object) -> Sweep:
    with world.at():
        body = Reconcile.model_validate(wanted)
        return service.reconcile(body, actor=actor or make_actor())
