"""Append events to a chain inside the caller's transaction, and read a chain back."""

from typing import Any

from chalicelib.audit import store
from chalicelib.audit.models import GENESIS, link
from chalicelib.auth.models import Actor
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Transaction
from chalicelib.http import cursors
from holdfast.api.audit import Event, EventPage


def record(
    transaction: Transaction,
    state: Item,
    *,
    aggregate: str,
    action: str,
    actor: Actor,
    payload: dict[str, Any],
) -> Event:
    """Add an event to `transaction` and move the chain's head on `state`; return the event.

    The caller saves `state` afterwards, in the same transaction.
    """
    event = link(
        workspace=actor.workspace,
        aggregate=aggregate,
        after=(int(state.audit_seq or 0), state.audit_head or GENESIS),
        action=action,
        actor=actor.user_id,
        payload=payload,
    )
    state.audit_seq, state.audit_head = event.seq, event.hash
    transaction.save(store.to_item(event, state.pk))
    return event


def events(pk: str, *, limit: int) -> list[Event]:
    """Return the first `limit` events of the chain in the partition `pk`, oldest first."""
    return [store.to_event(item) for item in store.history(pk, limit=limit, start=None).items]


def history(pk: str, *, limit: int, cursor: str | None) -> EventPage:
    """Return one page of the chain in the partition `pk`, oldest first.

    Raises `Invalid` for the cursor of another list.
    """
    query = ["audit", pk]
    page = store.history(pk, limit=limit, start=cursors.decode(cursor, query=query))
    next_cursor = cursors.encode(page.last_key, query=query)
    return EventPage(items=[store.to_event(item) for item in page.items], next_cursor=next_cursor)
