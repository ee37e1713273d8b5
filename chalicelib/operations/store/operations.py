"""Items of operations.

Access patterns:
- one operation: get `operation#{id}` / `ITEM`; its chain beside it
- queue: put `ITEM`, `OUTBOX#{attempt}` and the identity if absent, in the transaction that causes the run
- at most one active run of an identity: `operation-identity` / `{hash}`, removed when the run ends
- newest first: index `by_time`, partition `{namespace}#{workspace}#operation`, sort = creation time
- overdue runs: index `due`, partition `{namespace}#operations#{shard}`, sort = deadline; only
  active runs are in it, so a sweep reads overdue runs only
- unsent messages: index `due`, partition `{namespace}#outbox`, sort = when to send again
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import cast

from pynamodb.expressions.condition import Condition

from chalicelib.core.settings import settings
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from chalicelib.operations.models.operation import Message
from holdfast.api.moments import rfc3339
from holdfast.api.operations import Freshness, Operation, OperationQuery, OperationStatus

STATE = "ITEM"
OUTBOX = "OUTBOX#"
SHARDS = 4
OVERDUE_PAGE = 100
OVERDUE_PAGES = 20


def pk(workspace: str, operation_id: str) -> str:
    """Return the partition of one operation."""
    return items.partition(workspace, "operation", operation_id)


def new_state(operation: Operation) -> Item:
    """Return the state item of a new operation."""
    item = Item(pk=pk(operation.workspace, operation.id), sk=STATE, kind="operation")
    item.by_time_pk = items.partition(operation.workspace, "operation")
    item.by_time_sk = f"{rfc3339(operation.created_at)}#{operation.id}"
    fill(item, operation)
    return item


def fill(item: Item, operation: Operation) -> None:
    """Write `operation` into its state item, with its facets and, while it is active, its deadline."""
    item.data = operation.model_dump(mode="json")
    facets = {
        "type": operation.type.value,
        "status": operation.status.value,
        "outcome": operation.outcome.value,
        "tenant": operation.tenant,
        "workspace": operation.workspace,
        "reason": operation.reconciliation.reason_code.value if operation.reconciliation else None,
    }
    item.facets = {name: value for name, value in facets.items() if value is not None}
    overdue = operation.deadline_at if operation.active else None
    item.due_pk = shard_partition(zlib.crc32(operation.id.encode()) % SHARDS) if overdue else None
    item.due_sk = rfc3339(overdue) if overdue else None


def from_message(message: Message) -> Item | None:
    """Return the state item as the message carries it; None when it must be read from the table."""
    if message.operation is None or message.version == 0:
        return None
    item = new_state(message.operation)
    item.version, item.audit_seq, item.audit_head = message.version, message.version, message.audit_head
    return item


def new_outbox(operation: Operation, message: Message, *, queue: str, due: datetime) -> Item:
    """Return the item that stays in the table until the message of an operation is sent."""
    return Item(
        pk=pk(operation.workspace, operation.id),
        sk=f"{OUTBOX}{operation.attempt:03d}",
        kind="outbox",
        data={"queue": queue, "message": message.model_dump(mode="json")},
        due_pk=outbox_partition(),
        due_sk=rfc3339(due),
    )


def postpone(outbox: Item, due: datetime) -> None:
    """Set the moment when an unsent message is sent next."""
    outbox.due_sk = rfc3339(due)


def identity_key(workspace: str, identity_hash: str) -> Key:
    """Return the key of the note that names the one active run of an identity."""
    return Key(items.partition(workspace, "operation-identity"), identity_hash)


def new_identity(operation: Operation, identity_hash: str) -> Item:
    """Return the note that `operation` is the active run of its identity."""
    key = identity_key(operation.workspace, identity_hash)
    return Item(pk=key.pk, sk=key.sk, kind="operation-identity", data=operation.id)


def shard_partition(shard: int) -> str:
    """Return the `due` partition of one shard of active runs."""
    return f"{settings().namespace}#operations#{shard}"


def outbox_partition() -> str:
    """Return the `due` partition of unsent messages."""
    return f"{settings().namespace}#outbox"


def to_operation(item: Item) -> Operation:
    """Return the operation that a state item keeps."""
    return Operation.model_validate(item.data)


def find(workspace: str, operation_id: str) -> Item | None:
    """Return the state item of an operation, or None."""
    return queries.get(Key(pk(workspace, operation_id), STATE))


def find_identity(workspace: str, identity_hash: str) -> Item | None:
    """Return the note that names the active run of an identity, or None."""
    return queries.get(identity_key(workspace, identity_hash))


def unsent(now: datetime, *, limit: int) -> list[Item]:
    """Return outbox items that should have been sent by `now`, read from the base table."""
    page = queries.query(outbox_partition(), Item.due_sk <= rfc3339(now), index="due", limit=limit)
    return _base(page.items)


def overdue(
    shard: int,
    now: datetime,
    *,
    limit: int,
    where: Condition | None,
    visible: Callable[[str | None], bool],
) -> list[Item]:
    """Return state items of overdue runs of one shard, oldest first, read from the base table.

    `visible` says for each tenant whether its runs are wanted. Other runs do not count for `limit`.
    """
    rows: list[Item] = []
    start = None
    for _ in range(OVERDUE_PAGES):
        page = queries.query(
            shard_partition(shard),
            Item.due_sk <= rfc3339(now),
            index="due",
            limit=OVERDUE_PAGE,
            start=start,
            where=where,
        )
        rows += [row for row in page.items if visible(tenant(row))]
        start = page.last_key
        if start is None or len(rows) >= limit:
            break
    return _base(rows[:limit])


def newest(
    workspace: str, *, since: str | None, limit: int, start: RawKey | None, where: Condition | None
) -> Page:
    """Return index rows of runs created at `since` (RFC 3339; None: all) or later, newest first."""
    return queries.query(
        items.partition(workspace, "operation"),
        Item.by_time_sk >= (since or "0"),
        index="by_time",
        forward=False,
        limit=limit,
        start=start,
        where=where,
    )


def facets(query: OperationQuery) -> Condition | None:
    """Return the filter of `query` on index rows; None when there is nothing to filter."""
    wanted = query.model_dump(include={"type", "status", "outcome", "tenant"}, exclude_none=True)
    condition: Condition | None = None
    for name, value in wanted.items():
        condition &= Item.facets[name] == str(value)
    active = query.active
    if active is None and query.freshness is not None:
        active = query.freshness in (Freshness.FRESH_ACTIVE, Freshness.LIKELY_STALE, Freshness.UNKNOWN)
    if active is None:
        return condition
    ended: Condition = Item.facets["status"] == OperationStatus.COMPLETED.value
    condition &= ~ended if active else ended
    return condition


def overdue_facets(types: Sequence[str], workspace: str | None) -> Condition | None:
    """Return the filter on some types and one workspace; None when a sweep looks at all of them."""
    condition: Condition | None = None
    if types:
        condition &= Item.facets["type"].is_in(*types)
    if workspace:
        condition &= Item.facets["workspace"] == workspace
    return condition


def tenant(item: Item) -> str | None:
    """Return the tenant of the run in a state item or in an index row."""
    return cast("str | None", item.facets.as_dict().get("tenant"))


def read(rows: Iterable[Item]) -> list[Item]:
    """Return the state items of index rows, in the order of the rows."""
    return _base(rows)


def _base(rows: Iterable[Item]) -> list[Item]:
    keys = [Key(row.pk, row.sk) for row in rows]
    found = queries.batch_get(keys)
    return [found[key] for key in keys if key in found]
