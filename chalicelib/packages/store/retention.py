"""Packages that may expire, by their date; packages/store/packages.py writes the index.

Access patterns:
- packages that expired by a moment, earliest first: index `by_ref`, partition of the workspace, sort up to it
- the states of index rows: batch get
"""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.store.packages import retention_partition, to_record
from holdfast.api.moments import rfc3339


def expired(workspace: str, by: datetime, *, limit: int, start: RawKey | None) -> Page:
    """Return index rows of packages without a hold whose promise ended by `by`, earliest first."""
    until = f"{rfc3339(by)}$"  # `$` follows `#`, so the moment itself is in
    return queries.query(
        retention_partition(workspace), Item.by_ref_sk <= until, index="by_ref", limit=limit, start=start
    )


def records(rows: Iterable[Item]) -> list[PackageRecord]:
    """Return the present records of index rows, in the order of the rows."""
    keys = [Key(row.pk, row.sk) for row in rows]
    found = queries.batch_get(keys)
    return [to_record(found[key]) for key in keys if key in found]
