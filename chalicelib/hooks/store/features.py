"""Pages of feature rows. Each is in the partition that keeps all results of hooks on its package.

Access patterns:
- keep: put `ROWS#{feature}#{run}#{seq}` if absent, or over one of an earlier attempt
- the rows of a run, or of a package: query sk begins with `ROWS#{feature}#{run}#`, `ROWS#{feature}#`
- the rows of a feature: index `by_ref`, partition `{namespace}#{workspace}#feature#{feature}`,
  sort = run and page, so the oldest run first; then batch get
"""

import json
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.hooks.models.feature import RowPage
from chalicelib.hooks.store.runs import pk
from holdfast.api.hook_runs import HookRun

ROWS = "ROWS#"
LAST = "~"  # sorts after every id and number
PAGES_A_READ = 12


class Place(NamedTuple):
    """A place in a list of pages: the run and the page that come next."""

    run_id: str
    seq: int

    @property
    def sort(self) -> str:
        """The last part of the page's sort key."""
        return f"{self.run_id}#{self.seq:06d}"


def new_page(run: HookRun, *, seq: int, first: int, lines: list[bytes]) -> Item:
    """Return the item of one page; it carries the number of the run's present attempt."""
    place = Place(run.id, seq)
    return Item(
        pk=pk(run.workspace, run.package_id),
        sk=f"{ROWS}{run.feature}#{place.sort}",
        kind="feature-rows",
        data={"package_id": run.package_id, "first": first, "attempt": run.attempts},
        blob=zlib.compress(b"[" + b",".join(lines) + b"]"),
        by_ref_pk=items.partition(run.workspace, "feature", run.feature),
        by_ref_sk=place.sort,
    )


def find(item: Item) -> Item | None:
    """Return the item that the table keeps under the key of `item`, or None."""
    return queries.get(Key(item.pk, item.sk))


def attempt(item: Item) -> int:
    """Return the number of the attempt that wrote a page."""
    return int(item.data["attempt"])


def in_package(
    workspace: str, package_id: str, feature: str, *, run_id: str | None, start: Place | None
) -> Iterator[RowPage]:
    """Yield pages of a package's rows, or of one run's, from `start` on; 12 pages cost one request."""
    prefix = f"{ROWS}{feature}#"
    first = start.sort if start else run_id or ""
    while True:
        between = Item.sk.between(prefix + first, f"{prefix}{run_id or ''}{LAST}")
        page = queries.query(pk(workspace, package_id), between, limit=PAGES_A_READ)
        yield from map(_to_page, page.items)
        if page.last_key is None:
            return
        first = _after(page.items[-1].sk.removeprefix(prefix))


def of_feature(workspace: str, feature: str, *, start: Place | None) -> Iterator[RowPage]:
    """Yield pages of all rows of a feature, from `start` on; 12 pages cost two requests."""
    first = start.sort if start else "0"
    partition = items.partition(workspace, "feature", feature)
    while True:
        between = Item.by_ref_sk.between(first, LAST)
        page = queries.query(partition, between, index="by_ref", limit=PAGES_A_READ)
        keys = [Key(row.pk, row.sk) for row in page.items]
        found = queries.batch_get(keys)
        yield from (_to_page(found[key]) for key in keys if key in found)
        if page.last_key is None:
            return
        first = _after(str(page.last_key["by_ref_sk"]["S"]))


def _after(sort: str) -> str:
    return f"{sort}!"  # sorts after `sort` and before every key that continues it with a digit


def _to_page(item: Item) -> RowPage:
    run_id, _, seq = item.sk.removeprefix(ROWS).partition("#")[2].partition("#")
    raw = zlib.decompress(item.blob)
    data = item.data
    return RowPage(data["package_id"], run_id, int(seq), int(data["first"]), json.loads(raw), len(raw))
