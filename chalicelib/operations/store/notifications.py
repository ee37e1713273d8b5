"""Items of notices of ended runs.

Access patterns:
- one notice for each run: put `notifications#{user}` / `{when it ended}#{operation id}` if absent, in the one
  transaction that ends the run
- newest first for one reader: query pk, backwards
"""

from chalicelib.core import clock
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Page, RawKey
from holdfast.api import moments
from holdfast.api.notifications import Notification

KEPT_S = 90 * 86_400


def new_item(workspace: str, user_id: str, notification: Notification) -> Item:
    """Return the item of a notice for `user_id`; DynamoDB removes it after 90 days."""
    return Item(
        pk=items.partition(workspace, "notifications", user_id),
        sk=f"{moments.rfc3339(notification.at)}#{notification.operation_id}",
        kind="notification",
        data=notification.model_dump(mode="json"),
        ttl=clock.shifted(notification.at, KEPT_S),
    )


def newest(workspace: str, user_id: str, *, limit: int, start: RawKey | None) -> Page:
    """Return one page of a user's notices, newest first."""
    partition = items.partition(workspace, "notifications", user_id)
    return queries.query(partition, forward=False, limit=limit, start=start)
