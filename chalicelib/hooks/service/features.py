"""Keep the feature rows of a run, and show rows with their provenance.

The table keeps rows in compressed pages. The key of a page follows from its run and its number, so writing
the same rows again changes nothing. A page carries the number of the attempt that wrote it. A later attempt
overwrites the pages of an earlier one, and never the other way round, so a worker that was taken for dead
cannot add rows. Pages are written before the run ends. Rows show only when their run has succeeded or
rejected the package, and only as many as the run counted.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.core import canonical
from chalicelib.core.errors import not_found
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.hooks.models.feature import (
    MAX_ANSWER_BYTES,
    MAX_PAGE_BYTES,
    ROWS_A_PAGE,
    RowPage,
    with_provenance,
)
from chalicelib.hooks.service import hooks, releases, runs
from chalicelib.hooks.store import features as store
from chalicelib.hooks.store.features import PAGES_A_READ, Place
from chalicelib.http import cursors
from chalicelib.operations.models.claim import Lost
from chalicelib.packages.service import packages
from holdfast.api.features import FeaturePage, FeatureQuery, FeatureRow, ProvenRow
from holdfast.api.hook_runs import HookRun
from holdfast.api.releases import Release
from holdfast.api.schema import SLUG

READ_FACTOR = 3
ROW_COSTS = 500  # bytes that an answer spends on a row beside its data and its release's configuration

Report = Callable[[int], None]


class Position(NamedTuple):
    """The place where the next page of an answer starts."""

    run_id: str
    seq: int
    offset: int


class RunPage(NamedTuple):
    """A page of rows, its run, and its release when provenance was asked for; None for a hidden run."""

    page: RowPage
    run: HookRun | None
    release: Release | None

    def rows(self) -> list[FeatureRow]:
        """Return the rows that may show: none of a run that failed, and at most as many as the run counts."""
        page, run = self.page, self.run
        kept = page.rows[: max(0, run.row_count - page.first)] if run and run.shows_rows else []
        return [self._row(page.first + at, data) for at, data in enumerate(kept)]

    def _row(self, index: int, data: dict[str, object]) -> FeatureRow:
        page, run = self.page, self.run
        row = FeatureRow.model_validate(
            {
                "feature": run.feature if run else "",
                "package_id": page.package_id,
                "run_id": page.run_id,
                "index": index,
                "data": data,
            }
        )
        return with_provenance(row, run, self.release) if run and self.release else row


def keep(run: HookRun, lines: Iterable[bytes], *, report: Report) -> None:
    """Keep the rows of a run that is about to end; keeping the same rows again changes nothing.

    `report` gets the number of rows kept so far, after each page. Raises `Lost` when a later attempt of
    the run has kept rows.
    """
    kept = 0
    for seq, chunk in enumerate(_chunks(lines), start=1):
        _keep_page(store.new_page(run, seq=seq, first=kept, lines=chunk))
        kept += len(chunk)
        report(kept)


def show(feature: str, query: FeatureQuery, *, actor: Actor) -> FeaturePage:
    """Return one page of rows, the oldest run first; it may hold fewer than `limit` while a cursor follows.

    Raises `NotFound` for a feature that no hook has, and for a package or run that the actor may not see.
    """
    described = ["features", actor.workspace, feature, query.model_dump(exclude={"cursor", "limit"})]
    found = cursors.decode(query.cursor, query=described)
    if not re.fullmatch(SLUG, feature):
        raise not_found()
    position = Position(*found) if found else None
    pages = _source(feature, query, position, actor=actor)
    found_pages = _with_runs(pages, actor=actor, provenance=query.provenance)
    shown, after = _fill(found_pages, query.limit, position)
    if not shown and query.cursor is None and not hooks.has_feature(feature, actor=actor):
        raise not_found()
    return FeaturePage(
        items=shown, next_cursor=cursors.encode(list(after), query=described) if after else None
    )


@retry_when_stale
def _keep_page(item: Item) -> None:
    try:
        with transact() as transaction:
            transaction.save(item)
    except Stale:
        _keep_over(item)


def _keep_over(item: Item) -> None:
    before = store.find(item)
    if before is None or store.attempt(before) > store.attempt(item):
        raise Lost
    if store.attempt(before) < store.attempt(item):
        before.data, before.blob = item.data, item.blob
        with transact() as transaction:
            transaction.save(before)


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) == ROWS_A_PAGE or size + len(line) > MAX_PAGE_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line) + 1
    if chunk:
        yield chunk


def _source(
    feature: str, query: FeatureQuery, position: Position | None, *, actor: Actor
) -> Iterator[RowPage]:
    start = Place(position.run_id, position.seq) if position else None
    package_id = query.package_id
    if query.run_id:
        run = runs.get(query.run_id, actor=actor)
        if run.feature != feature or package_id not in (None, run.package_id):
            raise not_found()
        package_id = run.package_id
    elif package_id:
        packages.load(package_id, actor=actor)
    if package_id is None:
        return store.of_feature(actor.workspace, feature, start=start)
    return store.in_package(actor.workspace, package_id, feature, run_id=query.run_id, start=start)


def _with_runs(pages: Iterator[RowPage], *, actor: Actor, provenance: bool) -> Iterator[RunPage]:
    """Yield each page with its run, and with its release for `provenance`; 12 pages cost one or two reads."""
    while batch := list(islice(pages, PAGES_A_READ)):
        named = {(page.package_id, page.run_id) for page in batch}
        found = runs.find_all(sorted(named), actor=actor)
        released = releases.find_all({(run.hook, run.version) for run in found.values()}, actor=actor)
        for page in batch:
            run = found.get(page.run_id)
            yield RunPage(page, run, released.get((run.hook, run.version)) if run and provenance else None)


def _fill(
    found: Iterator[RunPage], limit: int, position: Position | None
) -> tuple[list[ProvenRow | FeatureRow], Position | None]:
    """Return the rows of one answer, and where the next answer starts; None when no rows are left."""
    shown: list[ProvenRow | FeatureRow] = []
    room = MAX_ANSWER_BYTES
    skip = position.offset if position else 0
    for read, run_page in enumerate(found):
        rows, place = run_page.rows(), (run_page.page.run_id, run_page.page.seq)
        if read == READ_FACTOR * PAGES_A_READ:
            return shown, Position(*place, 0)
        for offset, row in enumerate(rows[skip:], start=skip):
            room -= _cost(row)
            if len(shown) == limit or (shown and room < 0):
                return shown, Position(*place, offset)
            shown.append(row)
        skip = 0
    return shown, None


def _cost(row: FeatureRow) -> int:
    config = row.config if isinstance(row, ProvenRow) else {}
    return ROW_COSTS + len(canonical.encode(row.data)) + (len(canonical.encode(config)) if config else 2)
