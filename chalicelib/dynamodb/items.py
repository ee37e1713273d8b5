"""The single table: its one kind of item, its keys and its indexes.

Every `pk` starts with `{namespace}#{workspace}#`, so a query cannot cross workspaces. `data` is the entity as
JSON. Only keys, conditions and filters are attributes of their own. Indexes are sparse, and no decision
relies on them: an index finds keys, and the base item has the true state.
"""

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
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.core.settings import settings

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
    """The items that a sweep looks for: partition = kind of deadline and shard, sort = deadline."""

    class Meta:
        """Sparse: an item without a deadline has no keys here, so a sweep costs what is overdue."""

        index_name = "due"
        projection = SMALL_PROJECTION

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class Item(Model):
    """One item of the table. `version` is None before the first write."""

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
    """The place of an item: its partition key and its sort key."""

    pk: str
    sk: str


class Page(NamedTuple):
    """The items of one query request, and where the next page starts (None at the end)."""

    items: list[Item]
    last_key: RawKey | None


@lru_cache
def connection() -> TableConnection:
    """Return the one connection of this process, which all threads and all kinds of items share."""
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
    """Return a partition key: the namespace, the workspace, then `parts`."""
    return settings().partition(workspace, *parts)
