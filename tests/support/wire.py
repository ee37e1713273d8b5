"""The requests that the service's own clients send, seen and disturbed through botocore's events.

Nothing of ours is patched: a handler of an event is what stands between the service and the network.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any, cast

from botocore.exceptions import ConnectionClosedError

from chalicelib.core import aws
from chalicelib.dynamodb import items as table
from chalicelib.http import idempotency
from chalicelib.storage.s3.storage import S3Storage
from chalicelib.storage.service import storage

WRITES = frozenset(
    {
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CreateMultipartUpload",
        "DeleteItem",
        "DeleteObject",
        "PutItem",
        "PutObject",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "SendMessage",
        "TransactWriteItems",
        "UpdateItem",
    }
)


class Killed(BaseException):
    """The process ends here: nothing of the service catches it, as nothing catches a power cut."""


def lost() -> ConnectionClosedError:
    """The connection breaks, after all of the client's own retries."""
    return ConnectionClosedError(endpoint_url="http://the-engine")


def clients() -> list[Any]:
    """Every client that the service sends requests with."""
    table_client = table.connection().connection.client
    made = [table_client, idempotency._client(), aws.sqs()]
    kept = storage()
    return [*made, kept._bucket.client] if isinstance(kept, S3Storage) else made


@contextmanager
def listening(event: str, handler: Callable[..., None]) -> Iterator[None]:
    """Call `handler` at each `event` of every client inside the block."""
    with ExitStack() as stack:
        for client in clients():
            events = client.meta.events
            events.register(event, handler)
            stack.callback(events.unregister, event, handler)
        yield


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count the HTTP requests inside the block by operation, retries included."""
    sent: Counter[str] = Counter()

    def record(event_name: str, **_: Any) -> None:
        sent[event_name.rpartition(".")[2]] += 1

    with listening("before-send", record):
        yield sent


class Fault:
    """Makes the `number`-th write inside the block fail, before or after it took effect.

    `fired` says whether there was such a write. With `lasting`, every later write fails as well.
    """

    def __init__(
        self, number: int, error: Callable[[], BaseException], *, after: bool, lasting: bool = False
    ) -> None:
        self.fired = False
        self._number = number
        self._error = error
        self._event = "after-call" if after else "before-call"
        self._lasting = lasting
        self._seen = 0

    def __call__(self, event_name: str, **_: Any) -> None:
        """Count one write, or raise in its stead."""
        if event_name.rpartition(".")[2] not in WRITES:
            return
        self._seen += 1
        if self._seen == self._number or (self._lasting and self._seen > self._number):
            self.fired = True
            raise self._error()

    @contextmanager
    def active(self) -> Iterator["Fault"]:
        """Fail inside the block."""
        with listening(self._event, self):
            yield self


@contextmanager
def small_pages(items: int) -> Iterator[None]:
    """Let no query answer more than `items` at once, as a table does at one megabyte."""

    def shorten(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = min(items, params.get("Limit", items))

    with listening("provide-client-params.dynamodb.Query", cast(Callable[..., None], shorten)):
        yield


@contextmanager
def after_query(number: int, act: Callable[[], None]) -> Iterator[None]:
    """Call `act` right after the `number`-th query inside the block was answered."""
    answered = count(1)

    def intervene(**_: Any) -> None:
        if next(answered) == number:
            act()

    with listening("after-call.dynamodb.Query", intervene):
        yield
