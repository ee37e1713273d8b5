"""The failure bridge: a dead letter ends its run, or is quarantined when it belongs to no run."""

import json

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.dynamodb.items import Item
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.store.reconciliation import MAX_BODY_BYTES
from holdfast.api.audit import Event
from holdfast.api.operations import Outcome, Reason
from holdfast.api.policy import LEASE_S
from tests.support.faults.queues import Mail
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.truths import broken, lost
from tests.support.faults.wire import Strike
from tests.support.faults.world import DeliveryOrder, Worker, World

UNKNOWN = Message(workspace="acme", operation_id="op_unknown").model_dump_json()


def give_up(world: World, body: str | None = None) -> None:
    """Move a message, by default the first that was sent, to the dead-letter queue, and run the bridge."""
    world.queue.dead.append(Mail(world.queue.sent[0] if body is None else body, "dead", world.now))
    world.bridge()


def hire(world: World) -> Worker:
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    return hired


def quarantined(world: World) -> list[Item]:
    return [Item.from_raw_data(item) for item in world.table.of_kind("quarantined-message")]


def events(world: World, pk: str) -> list[Event]:
    items = [Item.from_raw_data(item) for item in world.table.under(pk)]
    return [Event.model_validate(item.data) for item in items if item.kind == "audit-event"]


def test_a_message_that_no_worker_took_ends_its_run_as_never_started(world: World) -> None:
    run = world.request()
    give_up(world)
    ended = world.operation(run)
    assert ended.outcome is Outcome.FAILED
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.QUEUE_FAILURE
    assert ended.reconciliation.source == "failure-bridge"
    assert ended.reconciliation.evidence == {
        "queue": "packages",
        "dead_letter": "never_started",
        "attempts": 0,
    }
    assert broken(world) == []


def test_a_message_whose_workers_died_ends_its_run_as_exhausted(world: World) -> None:
    run = world.request()
    hire(world).resume(DeliveryOrder.DIE)
    world.pass_time(LEASE_S)
    give_up(world)
    ended = world.operation(run)
    assert ended.reconciliation is not None
    assert ended.reconciliation.evidence["dead_letter"] == "exhausted"
    assert ended.reconciliation.evidence["attempts"] == 1
    assert broken(world) == []


def test_a_run_whose_worker_lives_is_left_alone(world: World) -> None:
    run = world.request()
    worker = hire(world)
    before = dict(world.table.items)
    give_up(world)
    assert world.table.items == before
    worker.resume(DeliveryOrder.FINISH)
    assert world.operation(run).outcome is Outcome.SUCCEEDED


def test_a_run_that_is_over_is_left_alone(world: World) -> None:
    world.request()
    hire(world).resume(DeliveryOrder.FINISH)
    before = dict(world.table.items)
    give_up(world)
    assert world.table.items == before


def test_a_run_that_another_message_gave_out_again_is_left_to_that_message(world: World) -> None:
    run = world.request()
    hire(world).resume(DeliveryOrder.DIE)
    world.pass_time(longest_wait_s())
    world.sweep()
    give_up(world, world.queue.sent[0])
    assert world.operation(run).active
    give_up(world, world.queue.sent[1])
    assert not world.operation(run).active
    assert broken(world) == []


def test_a_run_that_changes_while_it_is_looked_at_is_decided_anew(world: World) -> None:
    run = world.request()

    def claim_once(operation: str, *_: object) -> None:
        if operation == "GetItem":
            world.wire.tapped = None
            hire(world)

    world.wire.tapped = claim_once
    give_up(world)
    assert world.operation(run).active
    assert broken(world) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "poison"),
        ("not a message", "poison"),
        ("{}", "poison"),
        ('{"workspace": "acme"}', "poison"),
        (json.dumps({"workspace": "w" * 3_000, "operation_id": "op_1"}), "poison"),
        (json.dumps({"workspace": "", "operation_id": ""}), "poison"),
        (json.dumps({"workspace": "acme", "operation_id": "op_1", "operation": {"type": "new"}}), "poison"),
        (UNKNOWN, "unknown_run"),
    ],
)
def test_a_message_that_no_run_owns_is_kept_once_under_an_audit_event(
    world: World, body: str, why: str
) -> None:
    give_up(world, body)
    give_up(world, body)
    (kept,) = quarantined(world)
    assert (kept.data["why"], kept.data["queue"], kept.blob) == (why, "packages", body.encode())
    (event,) = events(world, kept.pk)
    assert event.action == Action.QUARANTINED
    assert event.payload == {name: kept.data[name] for name in ("queue", "why", "digest")}
    assert first_bad([event]) is None
    assert (kept.audit_seq, kept.audit_head) == (1, event.hash)


@pytest.mark.parametrize("character", ["x", "é", "日", "🔥"])
def test_the_largest_message_that_a_queue_takes_is_kept_byte_for_byte(world: World, character: str) -> None:
    body = character * (256 * 1024 // len(character.encode()))
    give_up(world, body)
    (kept,) = quarantined(world)
    assert kept.blob == body.encode()


def test_of_a_message_that_no_item_holds_the_beginning_and_the_digest_of_all_are_kept(world: World) -> None:
    give_up(world, "x" * 1_000_000)
    (kept,) = quarantined(world)
    assert (len(kept.blob), kept.data["bytes"]) == (MAX_BODY_BYTES, 1_000_000)


def test_two_messages_that_no_run_owns_are_both_kept(world: World) -> None:
    give_up(world, "one")
    give_up(world, "two")
    assert len(quarantined(world)) == 2


def test_a_bridge_that_dies_is_run_again_and_does_its_work_once(world: World) -> None:
    run = world.request()
    world.queue.dead.append(Mail(world.queue.sent[0], "dead", world.now))
    world.wire.faults.arm(Strike.LOSE_ANSWER, at=0)
    world.bridge()
    give_up(world)
    assert not world.operation(run).active
    assert (broken(world), lost(world)) == ([], [])
