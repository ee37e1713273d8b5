"""Pages of a list that leaves out some of the items it reads.

Items are left out by a filter, because they belong to other tenants, or because an index lags.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from chalicelib.dynamodb.items import Item, Page, RawKey

READ_FACTOR = 3  # at most so many pages of `limit` rows are read for one answer
T = TypeVar("T")


class FilledPage(NamedTuple, Generic[T]):
    """The kept items, and where the next page starts (None at the end)."""

    items: list[T]
    last_key: RawKey | None


def fill_page(
    read: Callable[[int, RawKey | None], Page],
    keep: Callable[[list[Item]], list[T]],
    *,
    limit: int,
    start: RawKey | None,
) -> FilledPage[T]:
    """Read with `read(limit, start)` and keep the result of `keep`, until `limit` are kept or the list ends.

    At most READ_FACTOR requests are made, so a page may have fewer than `limit` items although more follow.
    """
    kept: list[T] = []
    for _ in range(READ_FACTOR):
        page = read(limit - len(kept), start)
        kept += keep(page.items)
        start = page.last_key
        if start is None or len(kept) == limit:
            break
    return FilledPage(kept, start)
