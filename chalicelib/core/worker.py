"""`@worker`: one message at a time from a batch, and only the failed ones come back.

Blueprint handlers of queues and schedules do not pass Chalice's middleware, so what a worker needs
is here. `Transient` puts its message back for another delivery; anything else that escapes does
too, until the queue's redrive policy moves the message to the dead-letter queue.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from chalice.app import SQSEvent

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

Handler = Callable[[str], Any]


def worker(handle: Handler) -> Callable[[SQSEvent], dict[str, Any]]:
    """Make `handle(message_body)` an SQS handler that answers with partial batch failures."""

    @wraps(handle)
    def entry(event: SQSEvent) -> dict[str, Any]:
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

        def one(record: "SQSRecord") -> Any:
            return handle(record.body)

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        answer = process_partial_response(event=event.to_dict(), record_handler=one, processor=processor)
        return dict(answer)

    return entry
