"""A package's place in the rotation.

Access patterns:
- a package's place: get `ITEM#ROTATION` in its partition; saved with its state, removed with its end
- whose turn it is in a workspace, longest due first: index `by_time`, partition
  `{namespace}#{workspace}#integrity-turn`, sort = when it is due; confirmed on the base items
- which workspaces have something due: index `due`, partition `{namespace}#integrity#{shard}`
- alarms of a workspace: index `by_ref`, partition `{namespace}#{workspace}#integrity-alarm`, by package

The rotation: when each sealed package's bytes are to be read again, and which packages are alarms.

A package gets its *place* with its seal and loses it with the order to delete it, in the same
transactions. Each check of all of its files gives it a new one: its next turn, sooner when it is an
alarm. While a check is under way the place names it, so that whoever has the next turn goes on with it.
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
DUE_PAGE, DUE_PAGES = 1000, 20  # of a shard; more is due than that: the rest shows when this was swept
ALARM_RECHECK_DAYS = 1  # bytes may come back, and an error may have been the store's of that day
FOR_EVER = "9"
DAY_S = 86_400


class Place(NamedTuple):
    """A package's place in the rotation, and the package; `check_id` while a check of it is under way."""

    item: Item
    record: PackageRecord
    due_at: str
    check_id: str | None


def new_place(record: PackageRecord) -> Item:
    """The place of a package that is sealed just now."""
    item = Item(pk=pk(record.workspace, record.id), sk=ROTATION, kind="package-rotation", data={})
    fill(item, record, since=record.finalized_at or record.created_at)
    return item


def find_place(record: PackageRecord) -> Item:
    """The package's place; a new one for a package that was sealed before there was a rotation."""
    found = queries.get(Key(pk(record.workspace, record.id), ROTATION))
    return found or new_place(record)


def fill(item: Item, record: PackageRecord, *, since: datetime) -> None:
    """End the check under way, count the time to the next turn from `since`, keep or take back the alarm."""
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
    """The item of a place while the check `check_id` is under way."""
    place.item.data = {"check_id": check_id}
    return place.item


def check_under_way(place: Place) -> str | None:
    """The check of the package that is under way by now; None when it has had its turn or left."""
    item = queries.get(Key(place.item.pk, ROTATION))
    return item.data["check_id"] if item and item.due_sk == place.due_at else None


def leave(transaction: Transaction, record: PackageRecord) -> None:
    """Take the package out of the rotation, and its alarm with it, whether or not it has a place."""
    anyhow = Item.sk.exists() | Item.sk.does_not_exist()
    transaction.delete_if(Key(pk(record.workspace, record.id), ROTATION), anyhow)


def turns(workspace: str, now: datetime | None) -> Iterator[Place]:
    """The places that are due by `now` (None: all that there are), longest due first, page by page.

    Each is as it was when its page was read; one that is checked meanwhile may come again, later.
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
    """The workspaces that have something due by `now`; bounded, the rest shows when these were swept."""
    return {row.facets.as_dict()["workspace"] for shard in range(SHARDS) for row in _due(shard, now)}


def alarms(workspace: str, *, limit: int, start: RawKey | None) -> Page:
    """Index rows of the workspace's alarms, by package."""
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
    """The places of index rows as the table has them, with their packages; one request for all."""
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
