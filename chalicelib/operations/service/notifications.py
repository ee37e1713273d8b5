"""Notices of ended runs: add one, list those of the actor.

The user who asked for a run gets one notice when it ends; scheduled work has no notice. The notice is
written in the transaction that ends the run, and a run ends once. So there is exactly one notice,
whoever ended the run.
"""

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.dynamodb.transaction import Transaction
from chalicelib.http import cursors
from chalicelib.operations.models.status import explain, freshness
from chalicelib.operations.store import notifications as store
from holdfast.api.notifications import Notification, NotificationPage, NotificationQuery
from holdfast.api.operations import Operation


def notify(transaction: Transaction, operation: Operation) -> None:
    """Add the notice that `operation` has ended to `transaction`, if a user asked for that run."""
    if operation.initiator is None:
        return
    now = clock.now()
    notification = Notification(
        operation_id=operation.id,
        type=operation.type,
        subject=operation.subject,
        outcome=operation.outcome,
        reason=explain(operation, freshness(operation, now)),
        at=now,
    )
    transaction.save(store.new_item(operation.workspace, operation.initiator, notification))


def search(query: NotificationQuery, *, actor: Actor) -> NotificationPage:
    """Return one page of the actor's own notices, newest first."""
    described = ["notifications", actor.workspace, actor.user_id]
    start = cursors.decode(query.cursor, query=described)
    page = store.newest(actor.workspace, actor.user_id, limit=query.limit, start=start)
    items = [Notification.model_validate(item.data) for item in page.items]
    return NotificationPage(items=items, next_cursor=cursors.encode(page.last_key, query=described))
