"""Call the workers as Lambda does: one thread for each queue, and one for the schedules.

The answer of a handler is read as Lambda reads it (partial batches). A message that is not deleted comes
back when its visibility timeout ends, and the policy of the queue moves it to the dead-letter queue. The
engine's SQS does both; nothing of that is imitated here.
"""

import logging
import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalice.local import LambdaContext

from chalicelib.core import ids
from infra.local.clients import REGION
from infra.local.functions import Functions, QueueFunction, ScheduledFunction

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

RECEIVE_AT_MOST = 10
RECEIVE_WAIT_S = 1
RETRY_S = 1.0
STOP_S = 30.0

log = logging.getLogger("infra.local")


class QueuePoller(threading.Thread):
    """A thread that calls a function with the messages of its queue, until `stop`."""

    def __init__(self, function: QueueFunction, *, url: str, sqs: "SQSClient", functions: Functions) -> None:
        super().__init__(name=f"queue-{function.queue}", daemon=True)
        self._function = function
        self._url = url
        self._sqs = sqs
        self._functions = functions
        self._stopping = threading.Event()

    def run(self) -> None:
        """Poll until `stop`; after an error, wait a second and poll again."""
        while not self._stopping.is_set():
            try:
                self.poll()
            except Exception:
                # boundary: an error in one round does not end the poller, as in Lambda
                log.exception("queue %s: the round failed", self._function.queue)
                self._stopping.wait(RETRY_S)

    def stop(self) -> None:
        """Wait at most 30 s for the batch under way; a message that is not acknowledged comes back."""
        self._stopping.set()
        self.join(STOP_S)

    def poll(self) -> int:
        """Take one batch, call the function, acknowledge the messages that it did not refuse.

        Return the number of messages in the batch.
        """
        messages = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(self._function.batch_size, RECEIVE_AT_MOST),
            WaitTimeSeconds=RECEIVE_WAIT_S,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if messages:
            self._acknowledge(messages, self._refused(messages))
        return len(messages)

    def _refused(self, messages: "list[MessageTypeDef]") -> set[str]:
        everything = {message["MessageId"] for message in messages}
        event = {"Records": [self._record(message) for message in messages]}
        try:
            answer = self._function.handler(event, context(self._function.name, self._functions))
        except Exception:
            # boundary: a function that raises refuses its whole batch
            log.exception("%s failed; its messages come back", self._function.name)
            return everything
        failures = (answer or {}).get("batchItemFailures") or []
        refused = {failure.get("itemIdentifier") for failure in failures}
        return refused if refused <= everything else everything

    def _acknowledge(self, messages: "list[MessageTypeDef]", refused: set[str]) -> None:
        done = [message for message in messages if message["MessageId"] not in refused]
        log.info("%s took %d, refused %d", self._function.name, len(messages), len(refused))
        if done:
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
                    for at, message in enumerate(done)
                ],
            )

    def _record(self, message: "MessageTypeDef") -> dict[str, Any]:
        queue = self._url.rpartition("/")[2]
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": dict(message.get("Attributes", {})),
            "messageAttributes": {
                name: {"stringValue": value.get("StringValue"), "dataType": value["DataType"]}
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:000000000000:{queue}",
            "awsRegion": REGION,
        }


class Scheduler(threading.Thread):
    """A thread that runs each function when its period has passed, one at a time, until `stop`.

    The functions named in `at_start` also run at once.
    """

    def __init__(
        self, scheduled: list[ScheduledFunction], functions: Functions, *, at_start: Collection[str] = ()
    ) -> None:
        super().__init__(name="schedules", daemon=True)
        self._functions = functions
        self._due = [
            (time.monotonic() + (0 if function.name in at_start else function.period_s), function)
            for function in scheduled
        ]
        self._stopping = threading.Event()

    def run(self) -> None:
        """Wait for the function that is due next, run it, and set its next run, until `stop`."""
        while self._due:
            self._due.sort(key=lambda entry: entry[0])
            moment, function = self._due[0]
            if self._stopping.wait(max(0.0, moment - time.monotonic())):
                return
            run_scheduled(function, self._functions)
            self._due[0] = (time.monotonic() + function.period_s, function)

    def stop(self) -> None:
        """Wait at most 30 s for the run under way."""
        self._stopping.set()
        self.join(STOP_S)


def run_scheduled(function: ScheduledFunction, functions: Functions) -> None:
    """Run a function with the event that EventBridge sends; a failure is only logged."""
    event = {
        "version": "0",
        "id": ids.new("evt"),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:000000000000:rule/{function.name}"],
        "detail": {},
    }
    try:
        function.handler(event, context(function.name, functions))
    except Exception:
        # boundary: one function's failure is not the end of the schedules
        log.exception("%s failed", function.name)


def context(name: str, functions: Functions) -> LambdaContext:
    """Return the Lambda context of one call; its clock runs from now to the function's own timeout."""
    limits = functions.limits(name)
    return LambdaContext(name, limits.memory_mb, max_runtime_ms=limits.timeout_s * 1000)
