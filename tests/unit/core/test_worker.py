"""`@worker`: only what failed comes back to the queue."""

from typing import Any, cast

import pytest
from chalice.app import SQSEvent

from chalicelib.core.errors import Permanent, Transient, Unavailable
from chalicelib.core.worker import SOON_S, Delivery, worker
from holdfast.api.codes import NOT_FOUND, UNAVAILABLE
from tests.support.wire import listening, lost

pytestmark = pytest.mark.usefixtures("moto_table")

seen: list[str] = []


@worker
def handle(delivery: Delivery) -> None:
    """Fail as the message says."""
    body = delivery.body
    seen.append(body)
    if body == "later":
        raise Transient("not now")
    if body == "busy":
        raise Unavailable(UNAVAILABLE, "The store does not answer.")
    if body == "never":
        raise Permanent(NOT_FOUND, "There is no such thing.")
    if body == "broken":
        raise ZeroDivisionError


def deliver(*bodies: str) -> Any:
    """Hand messages over as SQS does."""
    return handle(SQSEvent({"Records": [message(body, at) for at, body in enumerate(bodies)]}, None))


def message(body: str, number: int) -> dict[str, str]:
    """One message of a batch."""
    return {
        "messageId": str(number),
        "body": body,
        "receiptHandle": f"receipt-{number}",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:packages",
    }


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


class Platform:
    """A Lambda that gives its worker ninety seconds, and half a second less each time it is asked."""

    def __init__(self) -> None:
        self.left_ms = 90_000

    def get_remaining_time_in_millis(self) -> int:
        self.left_ms -= 500
        return self.left_ms


def test_a_handler_is_told_how_many_seconds_are_left_each_time_it_asks() -> None:
    told: list[float] = []

    @worker
    def ask(delivery: Delivery) -> None:
        told.extend(delivery.remaining() for _ in range(2))

    ask(SQSEvent({"Records": [message("a", 0)]}, cast(Any, Platform())))
    assert told == [89.5, 89.0]


def test_only_what_failed_for_now_is_asked_to_come_back_soon() -> None:
    hidden: list[tuple[str, int]] = []

    def record(params: dict[str, Any], **_: Any) -> None:
        assert params["QueueUrl"].endswith("/123456789012/packages")
        hidden.append((params["ReceiptHandle"], params["VisibilityTimeout"]))

    with listening("before-parameter-build.sqs.ChangeMessageVisibility", record):
        deliver("a", "later", "never", "busy", "broken")
    assert hidden == [("receipt-1", SOON_S), ("receipt-3", SOON_S)]


def test_a_queue_that_does_not_answer_still_hears_which_message_failed() -> None:
    def break_off(**_: Any) -> None:
        raise lost()

    with listening("before-call.sqs.ChangeMessageVisibility", break_off):
        assert deliver("later", "a") == {"batchItemFailures": [{"itemIdentifier": "0"}]}
