"""`@worker`: only what failed comes back to the queue."""

from typing import Any

import pytest
from chalice.app import SQSEvent

from chalicelib.core.errors import NOT_FOUND, Permanent, Transient
from chalicelib.core.worker import Delivery, worker

seen: list[str] = []


@worker
def handle(delivery: Delivery) -> None:
    """Fail as the message says."""
    body = delivery.body
    seen.append(body)
    if body == "later":
        raise Transient("not now")
    if body == "never":
        raise Permanent(NOT_FOUND, "There is no such thing.")
    if body == "broken":
        raise ZeroDivisionError


def deliver(*bodies: str) -> Any:
    """Hand messages over as SQS does."""
    records = [
        {"messageId": str(number), "body": body, "receiptHandle": "r", "eventSource": "aws:sqs"}
        for number, body in enumerate(bodies)
    ]
    return handle(SQSEvent({"Records": records}, None))


@pytest.mark.parametrize(
    ("bodies", "failed"),
    [
        (["a"], []),
        (["a", "b"], []),
        (["a", "later", "b"], ["1"]),
        (["never", "a", "broken"], ["0", "2"]),
        (["later"], ["0"]),
        (["later", "broken"], ["0", "1"]),
    ],
)
def test_only_the_messages_that_failed_are_delivered_again(bodies: list[str], failed: list[str]) -> None:
    seen.clear()
    answer = deliver(*bodies)
    assert answer == {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
    assert seen == bodies


def test_a_handler_keeps_its_name_for_chalice_names_functions_by_it() -> None:
    assert handle.__name__ == "handle"
    assert handle.__doc__ == "Fail as the message says."
