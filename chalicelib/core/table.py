"""The single table: one kind of item, reads that are one request each, and transactions.

Every `pk` starts with `{namespace}#{workspace}#`, so a query cannot cross tenants. `data` is the
entity as JSON; only what is a key, a condition or a filter is an attribute of its own. Indexes are
sparse and never trusted for a decision: they find keys, the base item says what is true.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, cast

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    VersionAttribute,
)
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.core.errors import UNAVAILABLE, Unavailable
from chalicelib.core.settings import settings

BATCH_KEYS = 100
BATCH_ROUNDS = 5
POOL_SIZE = 64
SMALL_PROJECTION = IncludeProjection(["kind", "facets"])

RawKey = dict[str, dict[str, Any]]


class ByTime(GlobalSecondaryIndex["Item"]):
    """Newest-first lists per workspace and kind."""

    class Meta:
        """Sparse: only items that are listed carry its keys."""

        index_name = "by_time"
        projection = SMALL_PROJECTION

    by_time_pk = UnicodeAttribute(hash_key=True)
    by_time_sk = UnicodeAttribute(range_key=True)


class ByRef(GlobalSecondaryIndex["Item"]):
    """Look-ups by a secondary identity: fingerprint, remote, report id, digest."""

    class Meta:
        """Sparse: only items with a second identity carry its keys."""

        index_name = "by_ref"
        projection = SMALL_PROJECTION

    by_ref_pk = UnicodeAttribute(hash_key=True)
    by_ref_sk = UnicodeAttribute(range_key=True)


class Due(GlobalSecondaryIndex["Item"]):
    """What a sweep looks for: partition = what and shard, sort = deadline."""

    class Meta:
        """Sparse: keys are removed when nothing is due, so a sweep costs what is overdue."""

        index_name = "due"
        projection = SMALL_PROJECTION

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class Item(Model):
    """One item of the table. `version` is None until it was written once."""

    class Meta:
        """Filled from the settings on first use, never at import."""

        table_name = "holdfast"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    version = VersionAttribute()
    ttl = TTLAttribute(null=True)
    data = JSONAttribute(null=True)
    blob = BinaryAttribute(null=True, legacy_encoding=False)
    facets: MapAttribute[str, Any] = MapAttribute(null=True)
    audit_seq = NumberAttribute(null=True)
    audit_head = UnicodeAttribute(null=True)
    by_time_pk = UnicodeAttribute(null=True)
    by_time_sk = UnicodeAttribute(null=True)
    by_ref_pk = UnicodeAttribute(null=True)
    by_ref_sk = UnicodeAttribute(null=True)
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)
    by_time = ByTime()
    by_ref = ByRef()
    due = Due()

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return connection()


class Key(NamedTuple):
    """Where an item is."""

    pk: str
    sk: str


class Page(NamedTuple):
    """Items of one query request, and where the next one starts (None at the end)."""

    items: list[Item]
    last_key: RawKey | None


@lru_cache
def connection() -> TableConnection:
    """The one connection of this process, shared by all threads and all kinds of items."""
    current = settings()
    meta = cast(Any, Item.Meta)  # pynamodb adds the rest of its fields when the class is made
    meta.table_name, meta.host = current.table_name, current.dynamodb_endpoint_url
    meta.connect_timeout_seconds, meta.read_timeout_seconds = 5, 20
    meta.max_pool_connections = POOL_SIZE
    Item._connection = None
    made = super(Item, Item)._get_connection()
    _ = made.connection.client  # botocore builds clients one thread at a time
    return made


def partition(workspace: str, *parts: str) -> str:
    """A partition key; the namespace and the workspace always lead it."""
    return "#".join((settings().namespace, workspace, *parts))


def get(key: Key) -> Item | None:
    """The item under `key`, read consistently; None when there is none."""
    with answering():
        raw = connection().get_item(key.pk, key.sk, consistent_read=True)
    found = raw.get("Item") if raw else None
    return Item.from_raw_data(found) if found else None


def query(
    pk: str,
    condition: Condition | None = None,
    *,
    index: str | None = None,
    forward: bool = True,
    limit: int | None = None,
    start: RawKey | None = None,
    where: Condition | None = None,
) -> Page:
    """One request's worth of the items under `pk`: consistent on the table, eventual on an index.

    `limit` counts what is read, before `where` leaves anything out.
    """
    with answering():
        raw = connection().query(
            pk,
            range_key_condition=condition,
            filter_condition=where,
            index_name=index,
            scan_index_forward=forward,
            limit=limit,
            exclusive_start_key=start,
            consistent_read=index is None,
        )
    return Page([Item.from_raw_data(item) for item in raw["Items"]], raw.get("LastEvaluatedKey"))


def query_all(pk: str, condition: Condition | None = None) -> Iterator[Item]:
    """Every item under `pk` that meets `condition`, a request for each megabyte."""
    start = None
    while True:
        page = query(pk, condition, start=start)
        yield from page.items
        if not (start := page.last_key):
            return


def newest(pk: str, *, limit: int, start: RawKey | None) -> Page:
    """One page of the items that `by_time` lists under `pk`, newest first, read from the base table."""
    page = query(pk, index="by_time", forward=False, limit=limit, start=start)
    keys = [Key(row.pk, row.sk) for row in page.items]
    found = batch_get(keys)
    return Page([found[key] for key in keys if key in found], page.last_key)


def batch_get(keys: Iterable[Key]) -> dict[Key, Item]:
    """The items under `keys`, read consistently, 100 a request and requests side by side."""
    wanted = list(dict.fromkeys(keys))
    chunks = [wanted[at : at + BATCH_KEYS] for at in range(0, len(wanted), BATCH_KEYS)]
    if len(chunks) <= 1:
        return _batch(wanted)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return {key: item for found in pool.map(_batch, chunks) for key, item in found.items()}


@contextmanager
def answering() -> Iterator[None]:
    """Turn a table that does not answer (after the client's own retries) into `Unavailable`."""
    try:
        yield
    except PynamoDBException as error:
        raise Unavailable(UNAVAILABLE, "The table does not answer now; try again shortly.") from error


def _batch(keys: list[Key]) -> dict[Key, Item]:
    found: dict[Key, Item] = {}
    rest: list[Any] = [{"pk": key.pk, "sk": key.sk} for key in keys]
    for _ in range(BATCH_ROUNDS):
        if not rest:
            return found
        with answering():
            raw = connection().batch_get_item(rest, consistent_read=True)
        for data in raw["Responses"].get(settings().table_name, []):
            item = Item.from_raw_data(data)
            found[Key(item.pk, item.sk)] = item
        left = raw.get("UnprocessedKeys", {}).get(settings().table_name, {}).get("Keys", [])
        rest = [{"pk": key["pk"]["S"], "sk": key["sk"]["S"]} for key in left]
    raise Unavailable(UNAVAILABLE, "The table is busy; try again shortly.")
