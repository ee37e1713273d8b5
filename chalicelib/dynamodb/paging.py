"""Pages of a list that leaves some of what it reads out: filters, other tenants, an index that lags."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from chalicelib.dynamodb.items import Item, Page, RawKey

READ_FACTOR = 3  # an answer reads at most three times what it returns

T = TypeVar("T")


class FilledPage(NamedTuple, Generic[T]):
    """What was kept of what was read, and where the next page starts (None at the end)."""

    items: list[T]
    last_key: RawKey | None


def fill_page(
    read: Callable[[int, RawKey | None], Page],
    keep: Callable[[list[Item]], list[T]],
    *,
    limit: int,
    start: RawKey | None,
) -> FilledPage[T]:
    """Read with `read(limit, start)` and keep what `keep` returns, until `limit` are kept or the list ends.

    Read at most READ_FACTOR times, so a page may be short of `limit` although there is more.
    """
    kept: list[T] = []
    for _ in range(READ_FACTOR):
        page = read(limit - len(kept), start)
        kept += keep(page.items)
        start = page.last_key
        if start is None or len(kept) == limit:
            break
    return FilledPage(kept, start)
