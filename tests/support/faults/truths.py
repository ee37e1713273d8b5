"""What must hold of every run, whatever happened to it; each broken truth is a sentence."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.audit.models import first_bad
from chalicelib.dynamodb.items import Item
from chalicelib.operations.models.operation import Action
from chalicelib.operations.store import operations as store
from holdfast.api.audit import Event
from holdfast.api.operations import Operation, OperationStatus, Outcome, Reason
from tests.support.faults.memory import MemoryTable
from tests.support.faults.world import World

ENDS = frozenset({Action.COMPLETED, Action.RECONCILED})
RANKS = list(OperationStatus)


def chain(table: MemoryTable, operation: Operation) -> list[Event]:
    """The events of a run, as the table has them."""
    items = [Item.from_raw_data(item) for item in table.under(store.pk(operation.workspace, operation.id))]
    return [Event.model_validate(item.data) for item in items if item.kind == "audit-event"]


def broken(world: World) -> list[str]:
    """Every truth that does not hold in `world` now."""
    notices = Counter(notice["operation_id"] for notice in world.kept("notification"))
    identities = Counter(world.kept("operation-identity"))
    found = list(world.wrongs)
    for operation in world.operations():
        found += _of_chain(world.table, operation)
        found += _of_record(operation)
        found += _beside(operation, notices, identities)
    return found


def lost(world: World) -> list[str]:
    """The runs that have not ended; to be asked when everything had its chance."""
    return [operation.id for operation in world.operations() if operation.active]


def regressed(before: Mapping[str, Operation], world: World) -> list[str]:
    """What a run was that it is no more: further on, or over in another way."""
    found = []
    for now in world.operations():
        then = before.get(now.id, now)
        if RANKS.index(now.status) < RANKS.index(then.status):
            found.append(f"{now.id} went back from {then.status} to {now.status}")
        if now.fence < then.fence or now.attempt < then.attempt:
            found.append(f"{now.id} counts attempts backwards")
        if not then.active and _end_of(now) != _end_of(then):
            found.append(f"{now.id} changed after its end")
    return found


def _end_of(operation: Operation) -> dict[str, Any]:
    return operation.model_dump(exclude={"late_result"})


def _of_chain(table: MemoryTable, operation: Operation) -> Iterator[str]:
    events = chain(table, operation)
    state = Item.from_raw_data(table.items[store.pk(operation.workspace, operation.id), store.STATE])
    if (bad := first_bad(events)) is not None:
        yield f"{operation.id}: its chain breaks at {bad}"
    if (state.audit_seq, state.audit_head) != (len(events), events[-1].hash):
        yield f"{operation.id}: its state does not carry the chain's head"
    ends = sum(event.action in ENDS for event in events)
    if ends != (0 if operation.active else 1):
        yield f"{operation.id}: is {operation.status}, and its chain has {ends} ends"
    if (state.due_pk is None) == operation.active:
        yield f"{operation.id}: is {operation.status}, and the reconciler's index says otherwise"
    forced = any(event.action == Action.RECONCILED for event in events)
    forced = forced or any(failure.code in set(Reason) for failure in operation.failures)
    if forced and operation.reconciliation is None:
        yield f"{operation.id}: was ended from outside without a reason code"


def _of_record(operation: Operation) -> Iterator[str]:
    if operation.active:
        if operation.outcome is not Outcome.PENDING or operation.deadline_at is None:
            yield f"{operation.id}: is active, with an outcome or without a deadline"
        return
    if operation.outcome is Outcome.PENDING or operation.completed_at is None:
        yield f"{operation.id}: is over without saying what came of it"
    if operation.outcome is Outcome.FAILED and not operation.failures:
        yield f"{operation.id}: failed without a reason"
    if operation.lease_until or operation.deadline_at:
        yield f"{operation.id}: is over, and something is due"


def _beside(operation: Operation, notices: Counter[str], identities: Counter[str]) -> Iterator[str]:
    expected = 0 if operation.active or operation.initiator is None else 1
    if notices[operation.id] != expected:
        yield f"{operation.id}: has {notices[operation.id]} notices, not {expected}"
    if identities[operation.id] != (1 if operation.active else 0):
        yield f"{operation.id}: is {operation.status}, and holds {identities[operation.id]} identities"
