"""A fault at every write of every move: the run ends, once, and nothing is lost."""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import pytest

from chalicelib.core.errors import Unavailable
from holdfast.api.policy import POLICIES, RENEWAL_S
from tests.support.faults.recovery import longest_wait_s, recover
from tests.support.faults.truths import broken, lost
from tests.support.faults.wire import Killed, Strike, Wire
from tests.support.faults.world import KIND, DeliveryOrder, Worker, World

Move = Callable[[World], object]


def hired(world: World) -> Worker:
    """A worker that holds the oldest message that can be received."""
    found = world.hire(world.queue.visible()[0])
    assert found is not None
    return found


def worked_on(world: World) -> None:
    world.request()
    hired(world)


def died_last(world: World) -> None:
    worked_on(world)
    world.busy[0].resume(DeliveryOrder.DIE)
    world.pass_time(longest_wait_s())


def died_every_time(world: World) -> None:
    died_last(world)
    for _ in range(POLICIES[KIND].max_attempts - 1):
        world.sweep()
        hired(world).resume(DeliveryOrder.DIE)
        world.pass_time(longest_wait_s())


def never_taken(world: World) -> None:
    world.request()
    world.pass_time(longest_wait_s())


def dead_letter(world: World) -> None:
    world.request()
    mail = world.queue.waiting[0]
    while mail not in world.queue.dead:
        world.queue.receive(mail)


def unsent(world: World) -> None:
    world.wire.faults.arm(Strike.DIE_AFTER, at=0)
    with suppress(Killed):
        world.request()
    world.wire.faults.disarm()
    world.pass_time(longest_wait_s() / 5)


def renewal_due(world: World) -> None:
    worked_on(world)
    world.pass_time(RENEWAL_S)


def almost_out_of_time(world: World) -> None:
    worked_on(world)
    world.pass_time(POLICIES[KIND].worker_timeout - 1)


def cancel_requested(world: World) -> None:
    worked_on(world)
    world.cancel(world.operations()[0].id)
    world.pass_time(RENEWAL_S)


def payload_of(order: DeliveryOrder) -> Move:
    return lambda world: world.busy[0].resume(order)


def cancel(world: World) -> None:
    world.cancel(world.operations()[0].id)


class Case(NamedTuple):
    """A move, how the world stands before it, and how many writes it makes."""

    before: Move
    move: Move
    writes: int


CASES = {
    "queue": Case(lambda _: None, World.request, 3),
    "dispatch": Case(unsent, World.dispatch, 2),
    "claim": Case(World.request, hired, 1),
    "renew": Case(renewal_due, payload_of(DeliveryOrder.WORK), 1),
    "complete": Case(worked_on, payload_of(DeliveryOrder.FINISH), 1),
    "give back": Case(worked_on, payload_of(DeliveryOrder.RETRY), 2),
    "fail permanently": Case(worked_on, payload_of(DeliveryOrder.BREAK), 1),
    "abandon": Case(almost_out_of_time, payload_of(DeliveryOrder.WORK), 1),
    "cancel queued": Case(World.request, cancel, 1),
    "cancel running": Case(worked_on, cancel, 1),
    "stop": Case(cancel_requested, payload_of(DeliveryOrder.WORK), 2),
    "bridge": Case(dead_letter, World.bridge, 1),
    "sweep queued": Case(never_taken, World.sweep, 2),
    "sweep redispatch": Case(died_last, World.sweep, 4),
    "sweep close": Case(died_every_time, World.sweep, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_a_move_makes_as_many_writes_as_this_harness_strikes_at(world: World, name: str) -> None:
    case = CASES[name]
    case.before(world)
    world.wire.faults.disarm()
    case.move(world)
    assert world.wire.faults.writes == case.writes


@pytest.mark.parametrize("strike", Strike)
@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name, case in CASES.items() for at in range(case.writes)]
)
def test_after_a_fault_at_any_write_the_run_ends_once_and_nothing_is_lost(
    wire: Wire, name: str, at: int, strike: Strike
) -> None:
    case, world = CASES[name], World(wire)
    case.before(world)
    wire.faults.arm(strike, at=at)
    with suppress(Killed, Unavailable):
        case.move(world)
    struck = wire.faults.writes > at
    wire.faults.disarm()
    assert broken(world) == []
    recover(world)
    assert struck
    assert (broken(world), lost(world)) == ([], [])
    never_asked = (name, at, strike) == ("queue", 0, Strike.DIE_BEFORE)
    assert len(world.operations()) == (0 if never_asked else 1)


@pytest.mark.parametrize("strike", [Strike.LOSE_REQUEST, Strike.LOSE_ANSWER, Strike.REFUSE])
@pytest.mark.parametrize("name", CASES)
def test_after_an_outage_that_outlasts_every_retry_the_run_ends_once(
    wire: Wire, name: str, strike: Strike
) -> None:
    case, world = CASES[name], World(wire)
    case.before(world)
    wire.faults.arm(strike, at=0, times=1_000)
    with suppress(Unavailable):
        case.move(world)
    wire.faults.disarm()
    recover(world)
    assert (broken(world), lost(world)) == ([], [])
