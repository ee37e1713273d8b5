"""Reads of the table, one request each: an item, a page of a query, a batch."""

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
    """The item under `key`, read consistently; None when there is none."""
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
    """One request's worth of the items under `pk`: consistent on the table, eventual on an index.

    `limit` counts what is read, before `where` leaves anything out.
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
def unavailable_on_error() -> Iterator[None]:
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
        with unavailable_on_error():
            raw = connection().batch_get_item(rest, consistent_read=True)
        for data in raw["Responses"].get(settings().table_name, []):
            item = Item.from_raw_data(data)
            found[Key(item.pk, item.sk)] = item
        left = raw.get("UnprocessedKeys", {}).get(settings().table_name, {}).get("Keys", [])
        rest = [{"pk": key["pk"]["S"], "sk": key["sk"]["S"]} for key in left]
    raise Unavailable(UNAVAILABLE, "The table is busy; try again shortly.")
