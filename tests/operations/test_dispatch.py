"""The outbox: what was queued is sent, at once or by the dispatcher, and never lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.transaction import transact
from chalicelib.operations import service
from chalicelib.operations.models import OUTBOX_GRACE_S, Operation, OperationSubject, OperationType
from tests.factories import make_actor
from tests.served import Served, dispatch
from tests.wire import counting, listening, lost

GRACE = timedelta(seconds=OUTBOX_GRACE_S)


@pytest.fixture
def actor(served: Served) -> Actor:
    """Somebody in the test's workspace."""
    return make_actor(workspace=served.workspace)


def queue(actor: Actor) -> Operation:
    """Queue an operation, and send nothing, as a crash would leave it."""
    subject = OperationSubject(kind="package", id="pkg_1")
    with transact() as transaction:
        return service.queue(transaction, OperationType.PACKAGE_FINALIZE, subject, actor=actor)


def sent(served: Served) -> list[str]:
    """The operations whose messages are on the queue."""
    return [json.loads(body)["operation_id"] for body in served.messages()]


def unreachable(**_: Any) -> None:
    """Stands where a queue would answer."""
    raise lost()


def test_sending_puts_one_message_on_the_queue_and_leaves_nothing_to_dispatch(
    served: Served, actor: Actor
) -> None:
    operation = queue(actor)
    service.send(operation)
    assert sent(served) == [operation.id]
    with clock.freeze(clock.now() + GRACE):
        assert dispatch() == 0


def test_a_message_holds_the_place_of_the_record_and_nothing_else(served: Served, actor: Actor) -> None:
    operation = queue(actor)
    service.send(operation)
    (body,) = served.messages()
    assert json.loads(body) == {"workspace": served.workspace, "operation_id": operation.id}


def test_what_a_crash_left_unsent_is_dispatched_after_its_grace_and_once(
    served: Served, actor: Actor
) -> None:
    operation = queue(actor)
    assert dispatch() == 0
    with clock.freeze(clock.now() + GRACE):
        assert dispatch() == 1
        assert dispatch() == 0
    assert sent(served) == [operation.id]


def test_sending_twice_sends_once(served: Served, actor: Actor) -> None:
    operation = queue(actor)
    service.send(operation)
    service.send(operation)
    assert sent(served) == [operation.id]


def test_a_queue_that_does_not_answer_leaves_the_message_to_the_dispatcher(
    served: Served, actor: Actor
) -> None:
    operation = queue(actor)
    with listening("before-call.sqs.SendMessage", unreachable):
        service.send(operation)
        with clock.freeze(clock.now() + GRACE):
            assert dispatch() == 0
    with clock.freeze(clock.now() + GRACE):
        assert dispatch() == 1
    assert sent(served) == [operation.id]


def test_a_hundred_messages_go_out_in_one_run_and_the_rest_in_the_next(served: Served, actor: Actor) -> None:
    waiting = {queue(actor).id for _ in range(103)}
    with clock.freeze(clock.now() + GRACE):
        assert [dispatch(), dispatch(), dispatch()] == [100, 3, 0]
    found = sent(served)
    assert set(found) == waiting
    assert len(found) == 103


def test_two_dispatchers_at_once_lose_nothing(served: Served, actor: Actor) -> None:
    waiting = {queue(actor).id for _ in range(10)}
    with clock.freeze(clock.now() + GRACE), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: dispatch(), range(4)))
        assert dispatch() == 0
    assert set(sent(served)) == waiting


def test_a_dispatcher_with_nothing_to_do_asks_once(served: Served) -> None:
    with counting() as requests:
        assert dispatch() == 0
    assert served.messages() == []
    assert requests == {"Query": 1}
