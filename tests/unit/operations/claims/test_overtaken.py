"""A worker that comes second: another has its run by now, and its result is kept as late."""

import pytest

from chalicelib.operations.models.operation import Action
from holdfast.api.operations import Operation, Outcome
from holdfast.api.policy import LEASE_S, POLICIES
from tests.support.faults.queues import Mail
from tests.support.faults.truths import broken
from tests.support.faults.world import KIND, DeliveryOrder, Worker, World
from tests.support.operations.hands import actions, hire


@pytest.fixture
def overtaken(world: World, run: str) -> tuple[Worker, Operation]:
    """A worker whose run another one has taken over, and the run as the other has it."""
    slow = hire(world)
    world.pass_time(LEASE_S)
    other = world.hire(Mail(world.queue.sent[0], "again", world.now))
    assert other is not None
    assert other.claim is not None
    return slow, world.operation(run)


def test_a_worker_that_was_overtaken_stops_at_its_next_renewal(
    world: World, overtaken: tuple[Worker, Operation]
) -> None:
    slow, taken = overtaken
    slow.resume(DeliveryOrder.WORK)
    assert not slow.alive
    assert world.operation(taken.id) == taken


def test_a_result_of_a_worker_that_was_overtaken_is_kept_and_not_applied(
    world: World, overtaken: tuple[Worker, Operation]
) -> None:
    slow, taken = overtaken
    slow.resume(DeliveryOrder.FINISH)
    found = world.operation(taken.id)
    assert found.late_result is not None
    assert (found.late_result.outcome, found.late_result.fence) == (Outcome.SUCCEEDED, 1)
    assert found.model_dump(exclude={"late_result"}) == taken.model_dump(exclude={"late_result"})
    world.busy[-1].resume(DeliveryOrder.BREAK)
    ended = world.operation(taken.id)
    assert (ended.outcome, ended.late_result) == (Outcome.FAILED, found.late_result)
    assert broken(world) == []


def test_a_worker_that_was_overtaken_gives_nothing_back(
    world: World, overtaken: tuple[Worker, Operation]
) -> None:
    slow, taken = overtaken
    slow.resume(DeliveryOrder.RETRY)
    assert world.operation(taken.id) == taken


def test_only_the_first_late_result_is_kept(world: World, run: str) -> None:
    workers = []
    for _ in range(POLICIES[KIND].max_attempts):
        workers.append(world.hire(Mail(world.queue.sent[0], "again", world.now)))
        world.pass_time(LEASE_S)
    for worker in workers[:2]:
        assert worker is not None
        worker.resume(DeliveryOrder.FINISH)
    late = world.operation(run).late_result
    assert late is not None
    assert late.fence == 1
    assert actions(world, run).count(Action.LATE_RESULT) == 1
    assert broken(world) == []
