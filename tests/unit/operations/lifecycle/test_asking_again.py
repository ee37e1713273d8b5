"""To ask again for work whose message was lost revives it, once, and disturbs nothing that goes well."""

import json
from datetime import timedelta

import pytest

from chalicelib.dynamodb.transaction import Stale, transact
from chalicelib.operations.models.operation import Action
from chalicelib.operations.service import lifecycle
from chalicelib.operations.service.lifecycle import LOST_AFTER_S
from holdfast.api.operations import OperationStatus, Outcome, Subject
from holdfast.api.policy import POLICIES
from tests.support.factories import make_actor
from tests.support.faults.truths import broken, chain
from tests.support.faults.world import KIND, DeliveryOrder, World

NOTE = "operation-identity"
WINDOW_S = POLICIES[KIND].queued_stale_after


def lose_the_message(world: World) -> None:
    world.queue.waiting.clear()


def actions(world: World, run: str) -> list[str]:
    return [event.action for event in chain(world.table, world.operation(run))]


def finish(world: World) -> None:
    """Let a worker do what each message on the queue says."""
    for mail in world.queue.visible():
        hired = world.hire(mail)
        if hired and hired.alive:
            hired.resume(DeliveryOrder.FINISH)


def test_a_lost_message_is_sent_again_for_who_asks_again_and_the_work_is_done(world: World) -> None:
    run = world.request()
    lose_the_message(world)
    world.pass_time(LOST_AFTER_S)
    assert world.request() == run
    finish(world)
    assert world.operation(run).outcome is Outcome.SUCCEEDED
    assert actions(world, run)[:2] == [Action.QUEUED, Action.REDISPATCHED]
    assert broken(world) == []


def test_before_a_minute_has_passed_nothing_is_sent_again(world: World) -> None:
    run = world.request()
    world.pass_time(LOST_AFTER_S - 1)
    assert world.request() == run
    assert len(world.queue.sent) == 1
    assert actions(world, run) == [Action.QUEUED]


def test_however_often_somebody_asks_a_run_gets_one_more_message(world: World) -> None:
    run = world.request()
    for _ in range(5):
        world.pass_time(LOST_AFTER_S)
        assert world.request() == run
    assert [json.loads(body)["operation_id"] for body in world.queue.sent] == [run, run]


def test_where_the_message_was_only_slow_the_work_is_done_once(world: World) -> None:
    run = world.request()
    world.pass_time(LOST_AFTER_S)
    world.request()
    assert len(world.queue.visible()) == 2
    finish(world)
    assert world.effects == {run: 1}
    assert broken(world) == []


def test_a_run_that_was_sent_again_has_its_window_again_and_ends_after_it(world: World) -> None:
    run = world.request()
    lose_the_message(world)
    world.pass_time(WINDOW_S - 1)
    world.request()
    lose_the_message(world)
    assert world.operation(run).deadline_at == world.now + timedelta(seconds=WINDOW_S)
    world.pass_time(WINDOW_S - 1)
    assert world.sweep().reconciled == 0
    world.pass_time(1)
    assert world.sweep().reconciled == 1
    assert broken(world) == []


def test_a_message_that_waits_in_the_outbox_is_left_to_the_dispatcher(world: World) -> None:
    order = lifecycle.OperationRequest(KIND, Subject(kind="package", id="pkg_1"), {})
    with world.at(), transact() as transaction:
        run = lifecycle.queue(transaction, order, actor=make_actor()).operation.id
    world.pass_time(LOST_AFTER_S)
    assert world.request() == run
    assert (world.queue.sent, actions(world, run)) == ([], [Action.QUEUED])
    assert world.dispatch() == 1


def test_a_run_that_a_worker_holds_is_sent_to_nobody_else(world: World) -> None:
    run = world.request()
    world.hire(world.queue.visible()[0])
    world.pass_time(LOST_AFTER_S)
    assert world.request() == run
    assert world.operation(run).status is OperationStatus.RUNNING
    assert len(world.queue.sent) == 1


def test_a_run_that_ends_while_it_is_looked_up_is_joined_by_nobody(world: World) -> None:
    world.request()
    noted = {key: item for key, item in world.table.items.items() if item["kind"]["S"] == NOTE}
    finish(world)
    world.table.items.update(noted)  # as whoever read the note just before the end saw it
    order = lifecycle.OperationRequest(KIND, Subject(kind="package", id="pkg_1"), {})
    with world.at(), pytest.raises(Stale):
        lifecycle.join(order, actor=make_actor())
