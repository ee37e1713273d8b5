"""Items of operations.

Access patterns:
- one operation: get `operation#{id}` / `ITEM`
- queue: put `ITEM` and `OUTBOX` if absent, in the transaction of the change that caused the run
- unsent messages, oldest first: index `due`, partition `{namespace}#outbox`, sort = when to resend
"""

from datetime import datetime

from chalicelib.core import table
from chalicelib.core.clock import rfc3339
from chalicelib.core.settings import settings
from chalicelib.core.table import Item, Key
from chalicelib.operations.models import Message, Operation

STATE = "ITEM"
OUTBOX = "OUTBOX"


def key(workspace: str, operation_id: str) -> Key:
    """Where the state of an operation is."""
    return Key(table.partition(workspace, "operation", operation_id), STATE)


def new_state(operation: Operation) -> Item:
    """The state item of an operation that is not there yet."""
    pk, sk = key(operation.workspace, operation.id)
    return Item(pk=pk, sk=sk, kind="operation", data=operation.model_dump(mode="json"))


def new_outbox(operation: Operation, due: datetime) -> Item:
    """The item that stands until the message of a queued operation was sent."""
    message = Message(workspace=operation.workspace, operation_id=operation.id)
    return Item(
        pk=key(operation.workspace, operation.id).pk,
        sk=OUTBOX,
        kind="outbox",
        data={"queue_type": operation.type, "message": message.model_dump()},
        due_pk=outbox_partition(),
        due_sk=rfc3339(due),
    )


def outbox_partition() -> str:
    """The `due` partition of unsent messages."""
    return f"{settings().namespace}#outbox"


def to_operation(item: Item) -> Operation:
    """The operation that a state item keeps."""
    return Operation.model_validate(item.data)


def find(workspace: str, operation_id: str) -> Item | None:
    """The state item of an operation, or None."""
    return table.get(key(workspace, operation_id))


def find_outbox(operation: Operation) -> Item | None:
    """The unsent message of an operation, or None when it was sent."""
    return table.get(Key(key(operation.workspace, operation.id).pk, OUTBOX))


def unsent(now: datetime, *, limit: int) -> list[Item]:
    """Outbox items that should have been sent by `now`, read from the base table."""
    page = table.query(outbox_partition(), Item.due_sk <= rfc3339(now), index="due", limit=limit)
    return list(table.batch_get(Key(item.pk, item.sk) for item in page.items).values())
