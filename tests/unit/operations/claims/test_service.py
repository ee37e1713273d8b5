"""The worker protocol, a message at a time: claim, renew, complete."""

from datetime import timedelta

import pytest

from chalicelib.operations.models.operation import Action, Message
from holdfast.api.operations import Counter, Outcome, Progress, Result
from holdfast.api.policy import LEASE_S, RENEWAL_S
from tests.support.faults.queues import Mail
from tests.support.faults.truths import broken
from tests.support.faults.world import DeliveryOrder, World
from tests.support.operations.hands import actions, between, hire, perform, take

SUCCEEDED = Result(outcome=Outcome.SUCCEEDED, summary_counts={Counter.OK: 3})


def test_a_first_delivery_is_claimed_from_its_message_in_one_round_trip(world: World, run: str) -> None:
    world.table.calls.clear()
    claim = take(world, world.queue.waiting[0])
    assert world.table.calls == {"TransactWriteItems": 1}
    assert claim is not None
    assert claim.operation == world.operation(run)
    assert actions(world, run) == [Action.QUEUED, Action.STARTED]
    assert broken(world) == []


def test_a_message_without_the_record_is_claimed_after_one_read(world: World, run: str) -> None:
    mail = Mail(Message(workspace="acme", operation_id=run).model_dump_json(), "r", world.now)
    world.table.calls.clear()
    assert take(world, mail) is not None
    assert world.table.calls == {"GetItem": 1, "TransactWriteItems": 1}
    assert broken(world) == []


def test_another_delivery_of_a_claimed_run_is_acknowledged_and_changes_nothing(
    world: World, run: str
) -> None:
    worker = hire(world)
    before = dict(world.table.items)
    again = world.hire(Mail(world.queue.sent[0], "again", world.now))
    assert again is not None
    assert (again.alive, again.claim) == (False, None)
    assert world.table.items == before
    worker.resume(DeliveryOrder.FINISH)
    assert world.operation(run).attempt == 1


def test_another_delivery_of_a_run_that_is_over_is_acknowledged_and_changes_nothing(
    world: World, run: str
) -> None:
    hire(world).resume(DeliveryOrder.FINISH)
    before = dict(world.table.items)
    assert take(world, Mail(world.queue.sent[0], "again", world.now)) is None
    assert world.table.items == before
    assert world.effects[run] == 1


def test_a_delivery_after_the_lease_takes_the_run_over(world: World, run: str) -> None:
    hire(world).resume(DeliveryOrder.DIE)
    world.pass_time(LEASE_S)
    claim = take(world, Mail(world.queue.sent[0], "again", world.now))
    assert claim is not None
    assert (claim.operation.attempt, claim.operation.fence) == (2, 2)
    assert broken(world) == []
    assert world.operation(run) == claim.operation


def test_a_claim_that_somebody_else_writes_between_is_decided_anew(world: World, run: str) -> None:
    hire(world).resume(DeliveryOrder.DIE)
    world.pass_time(LEASE_S)
    between(world, "GetItem", lambda: world.cancel(run))
    mail = Mail(Message(workspace="acme", operation_id=run).model_dump_json(), "r", world.now)
    claim = take(world, mail)
    assert claim is not None
    assert claim.operation.cancel_requested_by == "ada"


def test_a_run_ends_in_one_transaction_with_its_event_its_notice_and_its_identity(
    world: World, run: str
) -> None:
    worker = hire(world)
    world.table.calls.clear()
    worker.resume(DeliveryOrder.FINISH)
    assert world.table.calls == {"TransactWriteItems": 1}
    assert actions(world, run) == [Action.QUEUED, Action.STARTED, Action.COMPLETED]
    assert [notice["operation_id"] for notice in world.kept("notification")] == [run]
    assert world.kept("operation-identity") == []
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_result_is_the_runs_own(world: World, run: str) -> None:
    perform(world, lambda _: SUCCEEDED)
    ended = world.operation(run)
    assert (ended.outcome, ended.summary_counts) == (SUCCEEDED.outcome, SUCCEEDED.summary_counts)
    assert ended.reconciliation is None


def test_a_lease_is_renewed_when_it_is_due_and_not_before(world: World, run: str) -> None:
    worker = hire(world)
    world.table.calls.clear()
    world.pass_time(RENEWAL_S - 1)
    worker.resume(DeliveryOrder.WORK)
    assert world.table.calls == {}
    world.pass_time(1)
    worker.resume(DeliveryOrder.WORK)
    assert world.table.calls == {"TransactWriteItems": 1}
    renewed = world.operation(run)
    assert renewed.lease_until == world.now + timedelta(seconds=LEASE_S)
    assert renewed.progress == Progress(done=2, unit="steps")
    assert actions(world, run) == [Action.QUEUED, Action.STARTED]


def test_the_end_of_a_run_says_how_far_it_came(world: World, run: str) -> None:
    worker = hire(world)
    worker.resume(DeliveryOrder.WORK)
    worker.resume(DeliveryOrder.BREAK)
    assert world.operation(run).progress.done == 1


@pytest.mark.parametrize("order", [DeliveryOrder.FINISH, DeliveryOrder.BREAK])
def test_the_end_of_a_run_says_how_far_it_came_also_when_somebody_wrote_to_it_since(
    world: World, run: str, order: DeliveryOrder
) -> None:
    worker = hire(world)
    worker.resume(DeliveryOrder.WORK)
    world.cancel(run)
    worker.resume(order)
    assert world.operation(run).progress == Progress(done=1, unit="steps")
