"""Ten thousand runs that live long and well, and one that is stuck: a sweep finds it and reads little."""

from typing import NamedTuple

from chalicelib.core import ids
from chalicelib.dynamodb.transaction import MAX_OPERATIONS, transact
from chalicelib.operations.store import operations as store
from holdfast.api.operations import Operation
from holdfast.api.policy import POLICIES
from holdfast.api.reconciliation import Sweep
from tests.support.factories import make_running
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.wire import Wire
from tests.support.faults.world import KIND, World

HEALTHY = 10_000


class Starved(NamedTuple):
    """What one sweep did, and what it cost."""

    healthy: int
    sweep: Sweep
    stuck: str
    rows_read: int
    requests: int


def starvation(wire: Wire, *, healthy: int = HEALTHY) -> Starved:
    """One sweep over many healthy runs, which began before it, and a stuck one, which began last."""
    world = World(wire)
    with ids.seed(1):
        stuck = make_running(attempt=POLICIES[KIND].max_attempts)
        world.pass_time(longest_wait_s())
        with world.at():
            keep([*(make_running(at=world.now) for _ in range(healthy)), stuck])
        world.table.calls.clear()
        world.table.rows_read = 0
        sweep = world.sweep()
    requests = sum(world.table.calls.values())
    return Starved(healthy, sweep, stuck.id, world.table.rows_read, requests)


def keep(operations: list[Operation]) -> None:
    """Put the records of many runs into the table, as if they had lived."""
    items = [store.new_state(operation) for operation in operations]
    for start in range(0, len(items), MAX_OPERATIONS):
        with transact() as transaction:
            for item in items[start : start + MAX_OPERATIONS]:
                transaction.save(item)
