"""Work of retention sweeps, by its date; packages/store/packages.py writes the indexes.

Access patterns:
- work that is due in a workspace, or in all: index `due`, partition `{namespace}#retention#{shard}`, sort
  up to now; rows of other workspaces, which are due too, are read and skipped
- whether any package expired by a moment: index `by_ref`, one row
"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, RawKey
from chalicelib.packages.store.packages import RETENTION_SHARDS, sweep_partition
from chalicelib.packages.store.retention import expired
from holdfast.api.moments import rfc3339

PAGE = 100
PAGES = 20


def due(workspace: str, now: datetime, *, limit: int) -> list[Item]:
    """Return at most `limit` index rows of a workspace that are due, earliest first within each shard."""
    where = Item.facets["workspace"] == workspace
    found: list[Item] = []
    for row in _rows(now, where):
        if len(found) == limit:
            break
        found.append(row)
    return found


def workspaces(now: datetime) -> set[str]:
    """Return workspaces with something due by `now`. The reads are bounded; a later call finds the rest."""
    return {row.facets.as_dict()["workspace"] for row in _rows(now, None)}


def has_expired(workspace: str, by: datetime) -> bool:
    """Return whether the workspace has a package without a hold whose promise ended by `by`."""
    return bool(expired(workspace, by, limit=1, start=None).items)


def _rows(now: datetime, where: Condition | None) -> Iterator[Item]:
    for shard in range(RETENTION_SHARDS):
        yield from _shard(shard, now, where)


def _shard(shard: int, now: datetime, where: Condition | None) -> Iterator[Item]:
    start: RawKey | None = None
    for _ in range(PAGES):
        page = queries.query(
            sweep_partition(shard),
            Item.due_sk <= rfc3339(now),
            index="due",
            limit=PAGE,
            start=start,
            where=where,
        )
        yield from page.items
        start = page.last_key
        if start is None:
            return
