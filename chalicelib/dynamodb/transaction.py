"""One all-or-nothing write: state, audit event and outbox together, or none of them.

Each save is conditional. A new item is put only if it is absent. A loaded item is put only if nobody wrote it
since it was read. When DynamoDB cancels a transaction, it gives one reason per position, so each operation
can have an error of its own. Contention and throttling are retried with full jitter. An operation without an
error of its own raises `Stale`: the service then reads again and decides anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids
from chalicelib.core.errors import Unavailable
from chalicelib.dynamodb.items import Item, Key, connection
from holdfast.api.codes import UNAVAILABLE

MAX_OPERATIONS = 100
COMMIT_ATTEMPTS = 8
STALE_ATTEMPTS = 16
BACKOFF_BASE_S = 0.02
BACKOFF_CAP_S = 1.0
CONTENDED_ATTEMPTS = 12
CONTENDED_CAP_S = 4.0  # the waits add up to 21 s at most, within the 28 s that a request has
RETRYABLE = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "TransactionInProgressException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
    }
)

P = ParamSpec("P")
R = TypeVar("R")


class Stale(Exception):
    """Another writer was first; read again and decide anew."""


class Operation(NamedTuple):
    """One write, and the error to raise when its condition does not hold."""

    group: str
    arguments: dict[str, Any]
    on_conflict: Exception | None


class Transaction:
    """Collects writes; `transact` commits them."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._saved: list[Item] = []

    def save(self, item: Item, *, on_conflict: Exception | None = None) -> None:
        """Put `item`: only if it is absent when it is new, else only if nobody wrote it since it was read.

        `on_conflict` is the error to raise when that condition fails; without it the commit raises `Stale`.
        """
        self._add("put", item.get_save_kwargs_from_instance(), on_conflict)
        self._saved.append(item)

    def delete(self, item: Item, *, on_conflict: Exception | None = None) -> None:
        """Remove `item`, only if nobody wrote it since it was read."""
        self._add("delete", item.get_delete_kwargs_from_instance(), on_conflict)

    def delete_if(self, key: Key, condition: Condition) -> None:
        """Remove the item at `key` without reading it, only if `condition` holds there."""
        self._add("delete", Item.get_operation_kwargs_from_class(key.pk, key.sk, condition=condition), None)

    def check(self, key: Key, condition: Condition, *, on_conflict: Exception | None = None) -> None:
        """Write nothing at `key`, but commit only if `condition` holds there."""
        arguments = Item.get_operation_kwargs_from_class(key.pk, key.sk, condition=condition)
        self._add("check", arguments, on_conflict)

    def commit(self) -> None:
        """Write all operations together, or raise an error and write none.

        Raises the failed operation's own error, `Stale` when it has none, or `Unavailable` after bounded
        retries. Without operations nothing is sent.
        """
        if not self._operations:
            return
        token = ids.new("tx")
        for attempt in range(COMMIT_ATTEMPTS):
            try:
                self._write(token)
            except TransactWriteError as error:
                self._explain(error)
                back_off(attempt)
            else:
                return
        raise Unavailable(UNAVAILABLE, "Too many writers at once; try again shortly.")

    def _add(self, group: str, arguments: dict[str, Any], on_conflict: Exception | None) -> None:
        if len(self._operations) == MAX_OPERATIONS:
            raise ValueError(f"a transaction holds at most {MAX_OPERATIONS} operations")
        self._operations.append(Operation(group, arguments, on_conflict))

    def _group(self, name: str) -> list[dict[str, Any]]:
        return [operation.arguments for operation in self._operations if operation.group == name]

    def _write(self, token: str) -> None:
        connection().connection.transact_write_items(
            condition_check_items=self._group("check"),
            delete_items=self._group("delete"),
            put_items=self._group("put"),
            update_items=[],
            client_request_token=token,
        )
        for item in self._saved:
            cast(Any, item).update_local_version_attribute()

    def _explain(self, error: TransactWriteError) -> None:
        """Raise the error that the cancellation means; return when the same write may succeed later."""
        reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
        if not reasons:
            if _outage(error):
                return
            raise error
        # pynamodb sends checks, then deletes, then puts: positions follow that order
        sent = sorted(
            self._operations, key=lambda operation: ("check", "delete", "put").index(operation.group)
        )
        failed = [
            operation
            for operation, reason in zip(sent, reasons, strict=True)
            if reason == "ConditionalCheckFailed"
        ]
        if failed:
            raise next((op.on_conflict for op in failed if op.on_conflict), None) or Stale
        if not any(reason in RETRYABLE for reason in reasons):
            raise error


@contextmanager
def transact() -> Iterator[Transaction]:
    """Collect writes in the block and commit them together at its end; write nothing if the block raises."""
    transaction = Transaction()
    yield transaction
    transaction.commit()


def retry_when_stale(decide: Callable[P, R]) -> Callable[P, R]:
    """Run `decide` again, from its reads, each time another writer was first.

    Raises `Unavailable` after STALE_ATTEMPTS attempts.
    """
    return _with_retries(decide, attempts=STALE_ATTEMPTS, cap_s=BACKOFF_CAP_S)


def retry_when_contended(decide: Callable[P, R]) -> Callable[P, R]:
    """Retry like `retry_when_stale`, with fewer attempts that are further apart.

    This is for an item that dozens of writers change at once. With short waits, their attempts would fill the
    time between a read and its write so densely that hardly one of them succeeds.
    """
    return _with_retries(decide, attempts=CONTENDED_ATTEMPTS, cap_s=CONTENDED_CAP_S)


def back_off(attempt: int, cap_s: float = BACKOFF_CAP_S) -> None:
    """Wait a random time below a ceiling that doubles with each attempt, up to `cap_s` seconds."""
    clock.sleep(ids.jitter(min(cap_s, BACKOFF_BASE_S * 2**attempt)))


def _with_retries(decide: Callable[P, R], *, attempts: int, cap_s: float) -> Callable[P, R]:
    @wraps(decide)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(attempts):
            try:
                return decide(*args, **kwargs)
            except Stale:
                back_off(attempt, cap_s)
        raise Unavailable(UNAVAILABLE, "Too many writers at once; try again shortly.")

    return again


def _outage(error: TransactWriteError) -> bool:
    if not isinstance(error.cause, ClientError):
        return True  # no answer at all: repeat the write under the same token
    return error.cause_response_code in RETRYABLE
