"""Reads of the table: one item, one page of a query, all pages, a batch."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition

from chalicelib.core.errors import Unavailable
from chalicelib.core.settings import settings
from chalicelib.dynamodb.items import Item, Key, Page, RawKey, connection
from holdfast.api.codes import UNAVAILABLE

BATCH_KEYS = 100
BATCH_ROUNDS = 5


def get(key: Key) -> Item | None:
    """Return the item under `key`, read consistently; None when there is none."""
    with unavailable_on_error():
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
    """Return one page of the items under `pk`, in one request.

    The read is consistent on the table and eventually consistent on an index. `limit` counts the items that
    are read, before `where` leaves any out.
    """
    with unavailable_on_error():
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
    """Yield every item under `pk` that meets `condition`, with one request per megabyte."""
    start = None
    while True:
        page = query(pk, condition, start=start)
        yield from page.items
        if not (start := page.last_key):
            return


def newest(pk: str, *, limit: int, start: RawKey | None) -> Page:
    """Return one page of the items that `by_time` lists under `pk`, newest first.

    The index gives the keys. The items are read from the base table, consistently.
    """
    page = query(pk, index="by_time", forward=False, limit=limit, start=start)
    keys = [Key(row.pk, row.sk) for row in page.items]
    found = batch_get(keys)
    return Page([found[key] for key in keys if key in found], page.last_key)


def batch_get(keys: Iterable[Key]) -> dict[Key, Item]:
    """Return the items under `keys` by key, read consistently; a key without an item is left out.

    One request reads 100 items. Requests run side by side.
    """
    wanted = list(dict.fromkeys(keys))
    chunks = [wanted[at : at + BATCH_KEYS] for at in range(0, len(wanted), BATCH_KEYS)]
    if len(chunks) <= 1:
        return _batch(wanted)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return {key: item for found in pool.map(_batch, chunks) for key, item in found.items()}


@contextmanager
def unavailable_on_error() -> Iterator[None]:
    """Raise `Unavailable` when the table does not answer, after the client's own retries."""
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
        with unavailable_on_error():
            raw = connection().batch_get_item(rest, consistent_read=True)
        for data in raw["Responses"].get(settings().table_name, []):
            item = Item.from_raw_data(data)
            found[Key(item.pk, item.sk)] = item
        left = raw.get("UnprocessedKeys", {}).get(settings().table_name, {}).get("Keys", [])
        rest = [{"pk": key["pk"]["S"], "sk": key["sk"]["S"]} for key in left]
    raise Unavailable(UNAVAILABLE, "The table is busy; try again shortly.")
