"""What a process of the full simulations does: one world after another, on one set of clients."""

from functools import cache

from tests.support.factories import MOMENT
from tests.support.faults.clocks import Skewed, clocks
from tests.support.faults.deliveries import Delivered, deliveries
from tests.support.faults.memory import MemoryTable
from tests.support.faults.queues import MemoryQueue
from tests.support.faults.starvation import Starved, starvation
from tests.support.faults.wire import Wire


def delivered_world(seed: int) -> Delivered:
    """One world's worth of deliveries."""
    return deliveries(_wire(), seed)


def skewed_world(seed: int) -> Skewed:
    """One world's worth of runs on skewed clocks."""
    return clocks(_wire(), seed)


def starved_world() -> Starved:
    """One stuck run among the healthy."""
    return starvation(_wire())


@cache
def _wire() -> Wire:
    wire = Wire(MemoryTable(), MemoryQueue(lambda: MOMENT))
    wire.connect()
    return wire
