"""Queue, send, dispatch: the work, its record and its message come into being together or not at all."""

import json
from contextlib import suppress

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.service import lifecycle
from chalicelib.operations.service.lifecycle import DISPATCH_LIMIT, OUTBOX_GRACE_S, OperationRequest, Queued
from holdfast.api.operations import OperationStatus, Outcome, Subject
from tests.support.factories import WORKSPACE, make_actor
from tests.support.faults.truths import broken, chain
from tests.support.faults.wire import Strike
from tests.support.faults.world import KIND, World
from tests.support.faults.world import DeliveryOrder as Told

SQS_LIMIT_BYTES = 256 * 1024


def queue(world: World, subject: str = "pkg_1", *, tenant: str | None = None, **asking: str) -> Queued:
    """Queue a run and send nothing, as a crash would leave it."""
    order = OperationRequest(KIND, Subject(kind="package", id=subject), {"asked": "so"}, tenant)
    with world.at(), transact() as transaction:
        return lifecycle.queue(transaction, order, actor=make_actor(**asking))


def sent(world: World) -> list[str]:
    """The runs whose messages ever went."""
    return [json.loads(body)["operation_id"] for body in world.queue.sent]


def outbox(world: World) -> int:
    """How many messages are unsent."""
    return len(world.kept("outbox"))


def test_a_run_is_queued_in_one_transaction_with_its_event_its_message_and_its_identity(
    world: World,
) -> None:
    queued = queue(world, tenant="north")
    assert world.table.calls == {"TransactWriteItems": 1}
    kinds = sorted(item["kind"]["S"] for item in world.table.items.values())
    assert kinds == ["audit-event", "operation", "operation-identity", "outbox"]
    found = world.operation(queued.operation.id)
    assert found == queued.operation
    assert (found.status, found.outcome, found.tenant) == (OperationStatus.QUEUED, Outcome.PENDING, "north")
    assert (found.initiator, found.context, found.attempt) == ("ada", {"asked": "so"}, 0)
    assert [event.action for event in chain(world.table, found)] == [Action.QUEUED]


def test_nothing_is_queued_when_what_caused_it_does_not_happen(world: World) -> None:
    order = OperationRequest(KIND, Subject(kind="package", id="pkg_1"), {})
    with suppress(ZeroDivisionError), world.at(), transact() as transaction:
        lifecycle.queue(transaction, order, actor=make_actor())
        raise ZeroDivisionError
    assert world.table.items == {}


def test_what_is_sent_is_on_the_queue_once_and_no_longer_unsent(world: World) -> None:
    queued = queue(world)
    with world.at():
        assert lifecycle.send(queued.outbox) == 1
    assert (sent(world), outbox(world)) == ([queued.operation.id], 0)
    world.pass_time(OUTBOX_GRACE_S)
    assert world.dispatch() == 0


def test_a_message_carries_the_record_as_it_was_queued(world: World) -> None:
    queued = queue(world)
    with world.at():
        lifecycle.send(queued.outbox)
    message = Message.model_validate_json(world.queue.sent[0])
    assert (message.operation, message.version, message.attempt) == (queued.operation, 1, 0)
    assert message.audit_head == chain(world.table, queued.operation)[-1].hash
    assert len(world.queue.sent[0].encode()) < SQS_LIMIT_BYTES


def test_what_a_crash_left_unsent_is_dispatched_after_its_grace_and_once(world: World) -> None:
    queued = queue(world)
    world.pass_time(OUTBOX_GRACE_S - 1)
    assert world.dispatch() == 0
    world.pass_time(1)
    assert world.dispatch() == 1
    assert world.dispatch() == 0
    assert sent(world) == [queued.operation.id]


def test_sending_and_dispatching_at_once_is_two_messages_and_one_piece_of_work(world: World) -> None:
    queued = queue(world)
    world.pass_time(OUTBOX_GRACE_S)
    assert world.dispatch() == 1
    with world.at():
        assert lifecycle.send(queued.outbox) == 1
    for mail in world.queue.visible():
        hired = world.hire(mail)
        if hired and hired.alive:
            hired.resume(Told.FINISH)
    assert world.effects == {queued.operation.id: 1}
    assert broken(world) == []


def test_a_hundred_messages_go_out_in_one_run_and_the_rest_in_the_next(world: World) -> None:
    for number in range(DISPATCH_LIMIT + 1):
        queue(world, f"pkg_{number}")
    world.pass_time(OUTBOX_GRACE_S)
    assert [world.dispatch(), world.dispatch(), world.dispatch()] == [DISPATCH_LIMIT, 1, 0]


def test_messages_that_the_queue_refuses_do_not_hold_up_those_that_it_takes(world: World) -> None:
    for number in range(DISPATCH_LIMIT):
        queue(world, f"pkg_{number}")
    world.pass_time(1)
    last = queue(world, "pkg_last").operation.id
    world.pass_time(OUTBOX_GRACE_S)
    world.queue.refuses = lambda body: last not in body
    assert world.dispatch() == 0
    assert world.dispatch() == 1
    assert (sent(world), outbox(world)) == ([last], DISPATCH_LIMIT)
    world.queue.refuses = lambda _: False
    world.pass_time(OUTBOX_GRACE_S)
    assert world.dispatch() == DISPATCH_LIMIT


@pytest.mark.parametrize("strike", [Strike.LOSE_REQUEST, Strike.LOSE_ANSWER, Strike.REFUSE])
def test_a_queue_that_does_not_answer_leaves_the_message_to_the_dispatcher(
    world: World, strike: Strike
) -> None:
    queued = queue(world)
    world.wire.faults.arm(strike, at=0)
    with world.at():
        assert lifecycle.send(queued.outbox) == 0
    world.pass_time(OUTBOX_GRACE_S)
    assert world.dispatch() == 1
    assert sent(world)[-1] == queued.operation.id


def test_a_message_that_is_sent_counts_as_sent_though_the_table_does_not_answer(world: World) -> None:
    queued = queue(world)
    world.wire.faults.arm(Strike.LOSE_REQUEST, at=1, times=100)
    with world.at():
        assert lifecycle.send(queued.outbox) == 1
    assert (sent(world), outbox(world)) == ([queued.operation.id], 1)


def test_the_same_work_asked_for_again_is_the_active_run_and_a_new_one_afterwards(world: World) -> None:
    first = world.request()
    assert world.request() == first
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    assert world.request() == first
    hired.resume(Told.FINISH)
    second = world.request()
    assert second != first
    assert len(world.operations()) == 2
    assert broken(world) == []


def test_the_same_work_on_another_subject_is_another_run(world: World) -> None:
    assert world.request("pkg_1") != world.request("pkg_2")


def test_the_same_work_of_another_workspace_is_another_run(world: World) -> None:
    world.request()
    queue(world, workspace="globex")
    assert sorted(operation.workspace for operation in world.operations()) == [WORKSPACE, "globex"]


def test_work_that_nobody_asked_for_has_no_initiator(world: World) -> None:
    with world.at(), transact() as transaction:
        order = OperationRequest(KIND, Subject(kind="package", id="pkg_1"), {})
        queued = lifecycle.queue(transaction, order, actor=lifecycle.system(WORKSPACE))
    assert queued.operation.initiator is None
    assert lifecycle.initiator(queued.operation).user_id == lifecycle.SYSTEM


def test_a_worker_acts_in_the_name_of_who_asked_and_sees_every_tenant(world: World) -> None:
    acting = lifecycle.initiator(queue(world, user_id="grace").operation)
    assert (acting.user_id, acting.workspace) == ("grace", WORKSPACE)
    assert acting.entitled("any tenant")


def test_every_move_is_in_a_chain_that_verifies_with_what_it_changed(world: World) -> None:
    run = world.request()
    for order in (Told.RETRY, Told.FINISH):
        hired = world.hire(world.queue.waiting[0])
        assert hired is not None
        hired.resume(order)
    events = chain(world.table, world.operation(run))
    assert [event.action for event in events] == [
        Action.QUEUED,
        Action.STARTED,
        Action.RELEASED,
        Action.STARTED,
        Action.COMPLETED,
    ]
    assert first_bad(events) is None
    assert {event.actor for event in events} == {"ada"}
    assert [(event.payload or {}).get("fence") for event in events] == [0, 1, 1, 2, 2]
    assert (events[-1].payload or {})["outcome"] == "succeeded"
    altered = events[-1].model_copy(update={"payload": {"outcome": "failed"}})
    assert first_bad([*events[:-1], altered]) == len(events)
