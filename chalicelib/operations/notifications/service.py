"""The verbs of notices: leave one, list mine."""

from chalicelib.auth.models import Actor
from chalicelib.core import clock, cursors
from chalicelib.core.transaction import Transaction
from chalicelib.operations.models import Operation
from chalicelib.operations.notifications import store
from chalicelib.operations.notifications.models import (
    Notification,
    NotificationPage,
    NotificationQuery,
)
from chalicelib.operations.presentation.models import explanation, freshness


def notify(transaction: Transaction, operation: Operation) -> None:
    """Add the notice that `operation` has ended to `transaction`, if somebody asked for it."""
    if operation.initiator is None:
        return
    now = clock.now()
    notification = Notification(
        operation_id=operation.id,
        type=operation.type,
        subject=operation.subject,
        outcome=operation.outcome,
        reason=explanation(operation, freshness(operation, now)),
        at=now,
    )
    transaction.save(store.new_item(operation.workspace, operation.initiator, notification))


def search(query: NotificationQuery, *, actor: Actor) -> NotificationPage:
    """One page of the actor's own notices, newest first."""
    described = ["notifications", actor.workspace, actor.user_id]
    start = cursors.unseal(query.cursor, query=described)
    page = store.newest(actor.workspace, actor.user_id, limit=query.limit, start=start)
    items = [Notification.model_validate(item.data) for item in page.items]
    return NotificationPage(
        items=items, next_cursor=cursors.seal(page.last_key, query=described) if page.last_key else None
    )
