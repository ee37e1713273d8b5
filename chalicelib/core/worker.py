"""`@worker`: handle the messages of a batch one by one, and return only the failed ones to the queue.

Handlers of queues and schedules do not pass Chalice's middleware, so this module has the parts that a worker
needs. `Transient`, `Throttled` and `Unavailable` return the message for another delivery soon. Any other
error returns the message after the visibility timeout. In the end the queue's redrive policy moves the
message to the dead-letter queue.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chalice.app import SQSEvent

from chalicelib.core import aws
from chalicelib.core.errors import Throttled, Transient, Unavailable
from chalicelib.core.log import logger
from chalicelib.core.settings import settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

SOON_S = 10


class Delivery(NamedTuple):
    """One message, and a function that returns the seconds that the platform still gives its worker."""

    body: str
    remaining: Callable[[], float]


Handler = Callable[[Delivery], Any]


def worker(handle: Handler) -> Callable[[SQSEvent], dict[str, Any]]:
    """Turn `handle(delivery)` into an SQS handler that answers with partial batch failures."""

    @wraps(handle)
    def entry(event: SQSEvent) -> dict[str, Any]:
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

        def remaining() -> float:
            return float(cast(Any, event.context).get_remaining_time_in_millis()) / 1000

        def handle_record(record: "SQSRecord") -> Any:
            try:
                return handle(Delivery(record.body, remaining))
            except (Transient, Throttled, Unavailable):
                _deliver_soon(record)
                raise

        processor = BatchProcessor(
            event_type=EventType.SQS,
            raise_on_entire_batch_failure=False,
            logger=logger(),  # type: ignore[arg-type]  # powertools' own Logger, which its types leave out
        )
        answer = process_partial_response(
            event=event.to_dict(), record_handler=handle_record, processor=processor
        )
        return dict(answer)

    return entry


def _deliver_soon(record: "SQSRecord") -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    account_url = settings().queue_url_prefix.rpartition("/")[0]
    name = record.event_source_arn.rpartition(":")[2]
    try:
        aws.sqs().change_message_visibility(
            QueueUrl=f"{account_url}/{name}", ReceiptHandle=record.receipt_handle, VisibilityTimeout=SOON_S
        )
    except (BotoCoreError, ClientError):
        logger().exception("message comes back only after its visibility timeout", extra={"queue": name})
