"""Work that must stop before it is done: its worker's time is over, or somebody cancelled it."""

from holdfast.api.operations import CANCELLED, Outcome, Reason
from holdfast.api.policy import LEASE_S, MARGIN_S, RENEWAL_S
from tests.support.faults.queues import Mail
from tests.support.faults.truths import broken
from tests.support.faults.world import WORKER_TIMEOUT_S, DeliveryOrder, World
from tests.support.operations.hands import between, hire


def test_a_worker_that_runs_out_of_time_ends_its_run_with_the_reason(world: World, run: str) -> None:
    worker = hire(world)
    world.pass_time(WORKER_TIMEOUT_S - MARGIN_S + 1)
    worker.resume(DeliveryOrder.WORK)
    ended = world.operation(run)
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.INFRASTRUCTURE
    assert ended.reconciliation.source == "worker"
    assert ended.reconciliation.evidence == {"attempts": 1, "remaining_s": MARGIN_S - 1}
    assert [failure.code for failure in ended.failures] == [Reason.INFRASTRUCTURE]
    assert ended.progress.done == 1
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_worker_with_time_left_goes_on(world: World, run: str) -> None:
    worker = hire(world)
    world.pass_time(WORKER_TIMEOUT_S - MARGIN_S)
    worker.resume(DeliveryOrder.WORK)
    assert worker.alive
    assert world.operation(run).active


def test_an_end_for_lack_of_time_keeps_its_reason_when_somebody_writes_in_between(
    world: World, run: str
) -> None:
    worker = hire(world)
    world.cancel(run)
    world.pass_time(WORKER_TIMEOUT_S - 1)
    worker.resume(DeliveryOrder.WORK)
    ended = world.operation(run)
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.INFRASTRUCTURE
    assert broken(world) == []


def test_a_running_run_that_is_cancelled_stops_at_its_next_renewal(world: World, run: str) -> None:
    worker = hire(world)
    world.cancel(run)
    worker.resume(DeliveryOrder.WORK)
    assert worker.alive
    world.pass_time(RENEWAL_S)
    worker.resume(DeliveryOrder.WORK)
    ended = world.operation(run)
    assert not worker.alive
    assert [failure.code for failure in ended.failures] == [CANCELLED]
    assert ended.progress.done == 2
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_cancelled_run_stops_even_when_somebody_writes_as_it_does(world: World, run: str) -> None:
    worker = hire(world)
    world.cancel(run)
    world.pass_time(LEASE_S + RENEWAL_S + MARGIN_S)
    between(world, "GetItem", lambda: given_out_again(world))
    worker.resume(DeliveryOrder.WORK)
    assert [failure.code for failure in world.operation(run).failures] == [CANCELLED]
    assert broken(world) == []


def given_out_again(world: World) -> None:
    assert world.sweep().redispatched == 1


def test_a_cancelled_run_whose_worker_died_is_not_worked_on_again(world: World, run: str) -> None:
    hire(world).resume(DeliveryOrder.DIE)
    world.cancel(run)
    world.pass_time(LEASE_S)
    again = world.hire(Mail(world.queue.sent[0], "again", world.now))
    assert again is not None
    assert again.claim is None
    assert [failure.code for failure in world.operation(run).failures] == [CANCELLED]
    assert world.effects[run] == 0
    assert broken(world) == []


def test_work_that_is_done_before_it_hears_of_its_cancellation_is_done(world: World, run: str) -> None:
    worker = hire(world)
    world.cancel(run)
    worker.resume(DeliveryOrder.FINISH)
    assert world.operation(run).outcome is Outcome.SUCCEEDED
    assert broken(world) == []
