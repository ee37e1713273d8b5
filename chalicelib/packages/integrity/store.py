"""A package's place in the rotation, and what each sweep found.

Access patterns:
- a package's place: get `ITEM#ROTATION` in its partition; saved with its state
- what is due: index `due`, partition `{namespace}#integrity#{shard}`, sort = when; confirmed on the
  base items
- alarms of a workspace: index `by_ref`, partition `{namespace}#{workspace}#integrity-alarm`
- what a sweep found: query `integrity-sweep#{operation id}`, one item a package, put once
"""

import zlib
from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, table
from chalicelib.core.settings import settings
from chalicelib.core.table import Item, Key, Page, RawKey
from chalicelib.packages.integrity.models import Alarm, Checked, alarming
from chalicelib.packages.models import PackageRecord
from chalicelib.packages.store import pk

ROTATION = "ITEM#ROTATION"
SHARDS = 4
DUE_PAGE = 50
ALARM_RECHECK_DAYS = 1  # bytes may come back, and an error may have been the store's of that day
FOR_EVER = "9"


class Place(NamedTuple):
    """A package's place in the rotation; `check_id` while a check of it is under way."""

    item: Item
    package_id: str
    workspace: str
    due_at: str
    check_id: str | None


def new_place(record: PackageRecord) -> Item:
    """The place of a package that is sealed just now."""
    item = Item(pk=pk(record.workspace, record.id), sk=ROTATION, kind="package-rotation", data={})
    fill(item, record)
    return item


def find_place(record: PackageRecord) -> Item:
    """The package's place; a new one for a package that was sealed before there was a rotation."""
    found = table.get(Key(pk(record.workspace, record.id), ROTATION))
    return found or new_place(record)


def fill(item: Item, record: PackageRecord) -> None:
    """Set when the package is next due, end the check under way, and keep or take back its alarm."""
    alarm = alarming(record.integrity)
    days = ALARM_RECHECK_DAYS if alarm else settings().integrity_recheck_days
    since = record.last_verified_at or record.finalized_at or record.created_at
    item.data = {"package_id": record.id, "workspace": record.workspace, "check_id": None}
    item.facets = {"workspace": record.workspace}
    item.due_pk = _shard_partition(zlib.crc32(record.id.encode()) % SHARDS)
    item.due_sk = clock.rfc3339(clock.shifted(since, days * 24 * 3600))
    item.by_ref_pk = _alarm_partition(record.workspace) if alarm else None
    item.by_ref_sk = record.id if alarm else None


def begin(place: Place, check_id: str) -> Item:
    """The item of a place while the check `check_id` is under way."""
    place.item.data = {**place.item.data, "check_id": check_id}
    return place.item


def due(now: datetime | None, *, workspace: str | None) -> list[Place]:
    """At most DUE_PAGE places a shard that are due by `now` (None: all that there are), longest due first."""
    where: Condition | None = Item.facets["workspace"] == workspace if workspace else None
    until = clock.rfc3339(now) if now else FOR_EVER
    rows = [row for shard in range(SHARDS) for row in _due(shard, until, where)]
    found = table.batch_get(Key(row.pk, row.sk) for row in rows)
    return sorted(map(_place, found.values()), key=lambda place: place.due_at)


def alarms(workspace: str, *, limit: int, start: RawKey | None) -> Page:
    """Index rows of the workspace's alarms, by package."""
    return table.query(_alarm_partition(workspace), index="by_ref", limit=limit, start=start)


def new_checked(workspace: str, operation_id: str, checked: Checked) -> Item:
    """The item that keeps what a sweep found of one package."""
    partition = _sweep_partition(workspace, operation_id)
    data = checked.model_dump(mode="json")
    return Item(pk=partition, sk=checked.package_id, kind="integrity-checked", data=data)


def checked(workspace: str, operation_id: str) -> list[Checked]:
    """What a sweep has found so far, by package."""
    items = table.query_all(_sweep_partition(workspace, operation_id))
    return [Checked.model_validate(item.data) for item in items]


def to_alarm(record: PackageRecord) -> Alarm:
    """The alarm of a package."""
    return Alarm(
        package_id=record.id,
        integrity=record.integrity,
        verdicts=record.verdicts,
        last_verified_at=record.last_verified_at,
    )


def _due(shard: int, until: str, where: Condition | None) -> list[Item]:
    condition = Item.due_sk <= until
    rows: list[Item] = []
    start: RawKey | None = None
    while len(rows) < DUE_PAGE:  # other workspaces' rows are read past, a page of the index at a time
        page = table.query(
            _shard_partition(shard), condition, index="due", limit=DUE_PAGE, start=start, where=where
        )
        rows += page.items
        start = page.last_key
        if start is None:
            break
    return rows[:DUE_PAGE]


def _place(item: Item) -> Place:
    data = item.data
    return Place(item, data["package_id"], data["workspace"], item.due_sk, data["check_id"])


def _shard_partition(shard: int) -> str:
    return f"{settings().namespace}#integrity#{shard}"


def _alarm_partition(workspace: str) -> str:
    return table.partition(workspace, "integrity-alarm")


def _sweep_partition(workspace: str, operation_id: str) -> str:
    return table.partition(workspace, "integrity-sweep", operation_id)
