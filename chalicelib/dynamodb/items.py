"""The single table: one kind of item, reads that are one request each, and transactions.

Every `pk` starts with `{namespace}#{workspace}#`, so a query cannot cross tenants. `data` is the
entity as JSON; only what is a key, a condition or a filter is an attribute of its own. Indexes are
sparse and never trusted for a decision: they find keys, the base item says what is true.
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
    """Return a partition key; the namespace and the workspace always lead it."""
    return settings().partition(workspace, *parts)
