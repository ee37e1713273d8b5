"""The integrity schedule: when each finalized package is checked again, and which packages are alarms.

A package gets its *place* in the schedule in the transaction that finalizes it. It loses the place in
the transaction that orders its deletion. Each check of all of its files moves the place to the next
turn, which is sooner for an alarm. While a check is under way the place names that check, so that the
next sweep goes on with it.

Access patterns:
- a package's place: get `ITEM#ROTATION` in its partition; saved with its state, removed with its end
- whose turn it is in a workspace, longest due first: index `by_time`, partition
  `{namespace}#{workspace}#integrity-turn`, sort = when it is due; confirmed on the base items
- which workspaces have something due: index `due`, partition `{namespace}#integrity#{shard}`
- alarms of a workspace: index `by_ref`, partition `{namespace}#{workspace}#integrity-alarm`, by package
"""

import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from chalicelib.dynamodb.transaction import Transaction
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.models.verification import is_alarming
from chalicelib.packages.store.packages import STATE, pk, to_record
from holdfast.api import moments

ROTATION = "ITEM#ROTATION"
SHARDS = 4
TURNS_PAGE = 25
DUE_PAGE, DUE_PAGES = 1000, 20  # of one shard; a later sweep finds the rest
ALARM_RECHECK_DAYS = 1  # bytes may come back, and an error of the store may have passed
FOR_EVER = "9"
DAY_S = 86_400


class Place(NamedTuple):
    """A package and its place in the schedule; `check_id` is the check under way, or None."""

    item: Item
    record: PackageRecord
    due_at: str
    check_id: str | None


def new_place(record: PackageRecord) -> Item:
    """Return the place of a package that is finalized now."""
    item = Item(pk=pk(record.workspace, record.id), sk=ROTATION, kind="package-rotation", data={})
    fill(item, record, since=record.finalized_at or record.created_at)
    return item


def find_place(record: PackageRecord) -> Item:
    """Return the package's place; a new one for a package that was finalized before there was a schedule."""
    found = queries.get(Key(pk(record.workspace, record.id), ROTATION))
    return found or new_place(record)


def fill(item: Item, record: PackageRecord, *, since: datetime) -> None:
    """Write the next turn into a place, counted from `since`: no check is under way, and the alarm is set.

    The package is an alarm when its integrity is `corrupt` or `error`.
    """
    alarm = is_alarming(record.integrity)
    days = ALARM_RECHECK_DAYS if alarm else settings().integrity_recheck_days
    due_at = moments.rfc3339(clock.shifted(since, days * DAY_S))
    item.data = {"check_id": None}
    item.facets = {"workspace": record.workspace}
    item.due_pk = _shard_partition(zlib.crc32(record.id.encode()) % SHARDS)
    item.due_sk = due_at
    item.by_time_pk = _turn_partition(record.workspace)
    item.by_time_sk = f"{due_at}#{record.id}"
    item.by_ref_pk = _alarm_partition(record.workspace) if alarm else None
    item.by_ref_sk = record.id if alarm else None


def begin(place: Place, check_id: str) -> Item:
    """Return the item of a place, changed to name `check_id` as the check under way."""
    place.item.data = {"check_id": check_id}
    return place.item


def check_under_way(place: Place) -> str | None:
    """Return the id of the check under way now; None when the package had its turn or left the schedule."""
    item = queries.get(Key(place.item.pk, ROTATION))
    return item.data["check_id"] if item and item.due_sk == place.due_at else None


def leave(transaction: Transaction, record: PackageRecord) -> None:
    """Remove the package's place, and so its alarm, from the schedule; a package without a place is fine."""
    anyhow = Item.sk.exists() | Item.sk.does_not_exist()
    transaction.delete_if(Key(pk(record.workspace, record.id), ROTATION), anyhow)


def turns(workspace: str, now: datetime | None) -> Iterator[Place]:
    """Yield the places that are due by `now` (None: every place), longest due first, page by page.

    A place is as it was when its page was read. A package that is checked meanwhile may come again later.
    """
    until = moments.rfc3339(now) if now else FOR_EVER
    start: RawKey | None = None
    while True:
        page = queries.query(
            _turn_partition(workspace),
            Item.by_time_sk < f"{until}$",  # `$` follows `#`: what is due just now is due
            index="by_time",
            limit=TURNS_PAGE,
            start=start,
        )
        yield from (place for place in _places(page.items) if place.due_at <= until)
        start = page.last_key
        if start is None:
            return


def workspaces(now: datetime) -> set[str]:
    """Return workspaces with something due by `now`. The reads are bounded; a later call finds the rest."""
    return {row.facets.as_dict()["workspace"] for shard in range(SHARDS) for row in _due(shard, now)}


def alarms(workspace: str, *, limit: int, start: RawKey | None) -> Page:
    """Return index rows of the workspace's alarms, by package."""
    return queries.query(_alarm_partition(workspace), index="by_ref", limit=limit, start=start)


def _due(shard: int, now: datetime) -> Iterator[Item]:
    condition = Item.due_sk <= moments.rfc3339(now)
    start: RawKey | None = None
    for _ in range(DUE_PAGES):
        page = queries.query(_shard_partition(shard), condition, index="due", limit=DUE_PAGE, start=start)
        yield from page.items
        start = page.last_key
        if start is None:
            return


def _places(rows: list[Item]) -> Iterator[Place]:
    """Yield the places of index rows as the table has them now, with their packages."""
    found = queries.batch_get(Key(row.pk, sk) for row in rows for sk in (ROTATION, STATE))
    for row in rows:
        item, state = found.get(Key(row.pk, ROTATION)), found.get(Key(row.pk, STATE))
        if item and state:
            yield Place(item, to_record(state), item.due_sk, item.data["check_id"])


def _shard_partition(shard: int) -> str:
    return f"{settings().namespace}#integrity#{shard}"


def _turn_partition(workspace: str) -> str:
    return items.partition(workspace, "integrity-turn")


def _alarm_partition(workspace: str) -> str:
    return items.partition(workspace, "integrity-alarm")
