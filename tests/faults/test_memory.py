"""The table in memory against ministack: every call that the service makes, answered alike."""

import json
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from chalicelib.operations.service import notifications, operations, reconciliation
from holdfast.api.notifications import NotificationQuery
from holdfast.api.operations import Freshness, OperationQuery, OperationStatus
from holdfast.api.reconciliation import Reconcile
from infra.local.clients import session
from infra.local.engine import Engine
from tests.conftest import table_properties
from tests.support.factories import make_actor
from tests.support.faults.expressions import Words, holds, parse
from tests.support.faults.memory import Answer
from tests.support.faults.queues import Mail
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.wire import Strike, Wire
from tests.support.faults.world import KIND, DeliveryOrder, World

COMPARED = ("Item", "Items", "Count", "Responses", "LastEvaluatedKey")
TABLE = "holdfast"


class Call(NamedTuple):
    """One request of the service, and what the memory answered."""

    operation: str
    body: dict[str, Any]
    answer: dict[str, Any]


@pytest.fixture
def recorded_calls(wire: Wire) -> list[Call]:
    """What the service asks the table for in a long life of many runs."""
    recorded: list[Call] = []

    def tap(operation: str, body: bytes, answer: Answer) -> None:
        if operation not in {"SendMessage", "ChangeMessageVisibility"}:
            recorded.append(Call(operation, json.loads(body), answer[1]))

    wire.tapped = tap
    world = World(wire)
    live(world)
    look(world)
    wire.tapped = None
    world.close()
    return recorded


def live(world: World) -> None:
    """Runs that end in every way."""
    for number in range(12):
        world.request(f"pkg_{number}")
        world.pass_time(1)
    world.request("pkg_0")
    orders = [
        DeliveryOrder.FINISH,
        DeliveryOrder.RETRY,
        DeliveryOrder.BREAK,
        DeliveryOrder.DIE,
        DeliveryOrder.WORK,
    ]
    for mail, order in zip(list(world.queue.visible()), orders, strict=False):
        hired = world.hire(mail)
        assert hired is not None
        world.pass_time(31)
        hired.resume(order)
        world.hire(Mail(mail.body, "again", world.now))
    world.cancel(world.operations()[4].id)
    world.cancel(world.operations()[11].id)
    world.wire.faults.arm(Strike.LOSE_ANSWER, at=0)
    world.pass_time(31)
    world.busy[-1].resume(DeliveryOrder.WORK)
    world.queue.dead.append(Mail("no message of ours", "poison", world.now))
    world.queue.dead.append(Mail(world.queue.sent[5], "dead", world.now))
    world.bridge()
    for _ in range(3):
        world.pass_time(longest_wait_s())
        world.dispatch()
        world.sweep()


def look(world: World) -> None:
    """Everything that can be asked about them."""
    reader = make_actor()
    with world.at():
        page = operations.search(OperationQuery(limit=5), actor=reader)
        operations.search(OperationQuery(limit=5, cursor=page.next_cursor), actor=reader)
        operations.search(OperationQuery(type=KIND, status=OperationStatus.COMPLETED), actor=reader)
        operations.search(OperationQuery(active=True), actor=reader)
        operations.search(OperationQuery(freshness=Freshness.RECONCILED_FAILED, limit=3), actor=reader)
        operations.summary(actor=reader)
        operations.get(page.items[0].id, actor=reader)
        reconciliation.reconcile(Reconcile(types=[KIND], dry_run=True), actor=reader)
        notices = notifications.search(NotificationQuery(limit=2), actor=reader)
        notifications.search(NotificationQuery(limit=2, cursor=notices.next_cursor), actor=reader)


def test_the_memory_answers_every_call_of_the_service_as_ministack_does(
    recorded_calls: list[Call], engine: Engine
) -> None:
    client = session().client("dynamodb", endpoint_url=engine.url)
    client.create_table(TableName=TABLE, **table_properties())
    for call in recorded_calls:
        assert compared(answered(client, call)) == compared(call.answer), call
    client.close()


def test_the_calls_that_are_compared_are_of_every_kind(recorded_calls: list[Call]) -> None:
    asked = [json.dumps(call.body) for call in recorded_calls]
    assert {call.operation for call in recorded_calls} == {
        "GetItem",
        "BatchGetItem",
        "Query",
        "TransactWriteItems",
    }
    assert any(call.answer.get("CancellationReasons") for call in recorded_calls)
    assert any("LastEvaluatedKey" in call.answer for call in recorded_calls)
    for word in ("ConditionExpression", "FilterExpression", "ExclusiveStartKey", "Delete", " IN ", "NOT"):
        assert any(word in body for body in asked), word


def answered(client: Any, call: Call) -> dict[str, Any]:
    try:
        found: dict[str, Any] = client._make_api_call(call.operation, call.body)
    except ClientError as error:
        return dict(error.response)
    return found


def compared(answer: dict[str, Any]) -> dict[str, Any]:
    """What counts of an answer."""
    reasons = [reason["Code"] for reason in answer.get("CancellationReasons", [])]
    error = answer.get("Error", {}).get("Code")
    return {name: answer.get(name) for name in COMPARED} | {"reasons": reasons, "error": error}


@pytest.mark.parametrize(
    "expression",
    ["#0 LIKE :0", "size (#0) > :0", "#0 =", "attribute_type (#0, :0)", "#0 = :0 )", "name = :0"],
)
def test_an_expression_that_the_service_never_says_is_refused_not_guessed_at(expression: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("#n = :two", True),
        ("#n < :ten", True),
        ("#n > :ten", False),
        ("#n BETWEEN :two AND :ten", True),
        ("#n IN (:ten, :two)", True),
        ("NOT #n = :two", False),
        ("#gone = :two", False),
        ("#gone <> :two", True),
        ("attribute_exists (#gone) OR attribute_exists (#n)", True),
        ("#m.#n = :two AND attribute_not_exists (#m.#gone)", True),
        ("begins_with (#s, :s)", True),
        ("#s = :two", False),
    ],
)
def test_an_expression_means_what_it_means_in_dynamodb(expression: str, *, expected: bool) -> None:
    item: dict[str, dict[str, Any]] = {"n": {"N": "2"}, "s": {"S": "some"}, "m": {"M": {"n": {"N": "2"}}}}
    names = {"#n": "n", "#s": "s", "#m": "m", "#gone": "gone"}
    values = {":two": {"N": "2"}, ":ten": {"N": "10"}, ":s": {"S": "so"}}
    assert holds(parse(expression), item, Words(names, values)) is expected
