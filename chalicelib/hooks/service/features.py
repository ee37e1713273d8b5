"""The verbs of feature rows: keep a run's, show them with what made them.

Feature rows: what hooks found, each row leading to exactly what made it.

Rows are kept in compressed pages under keys that follow from run and place, so the same rows again
change nothing. A page carries the attempt that wrote it: a later attempt writes over an earlier
one's, never the other way round, so a worker that was thought dead cannot mix its rows in. Pages are
written before the run ends and count only when it has: rows show when their run succeeded or
rejected, and as far as the run's own count goes.
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
from chalicelib.hooks.models.feature import MAX_ANSWER_BYTES, MAX_PAGE_BYTES, ROWS_A_PAGE, RowPage, proven
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

Told = Callable[[int], None]


class Position(NamedTuple):
    """Where the next page of an answer starts."""

    run_id: str
    seq: int
    offset: int


class Made(NamedTuple):
    """Some rows, the run that made them, and the release, when it was asked for."""

    page: RowPage
    run: HookRun | None
    release: Release | None

    def rows(self) -> list[FeatureRow]:
        """The rows that count: none of a run that came to nothing, and no more than the run says."""
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
        return proven(row, run, self.release) if run and self.release else row


def keep(run: HookRun, lines: Iterable[bytes], *, report: Told) -> None:
    """Keep the rows of a run that is about to end; `report` hears how many are. Again: nothing changes.

    Raises `Lost` when a later attempt of the run keeps its own.
    """
    kept = 0
    for seq, chunk in enumerate(_chunks(lines), start=1):
        _keep_page(store.new_page(run, seq=seq, first=kept, lines=chunk))
        kept += len(chunk)
        report(kept)


def show(feature: str, query: FeatureQuery, *, actor: Actor) -> FeaturePage:
    """One page of rows, the oldest run first; it may be short of `limit`, so go on while there is a cursor.

    Raises `NotFound` for a feature that no hook has, and for a package or run that is not the actor's.
    """
    described = ["features", actor.workspace, feature, query.model_dump(exclude={"cursor", "limit"})]
    found = cursors.decode(query.cursor, query=described)
    if not re.fullmatch(SLUG, feature):
        raise not_found()
    position = Position(*found) if found else None
    pages = _source(feature, query, position, actor=actor)
    shown, after = _fill(_made_by(pages, actor=actor, provenance=query.provenance), query.limit, position)
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


def _made_by(pages: Iterator[RowPage], *, actor: Actor, provenance: bool) -> Iterator[Made]:
    """Each page with its run, and with its release when asked for: one or two reads a dozen."""
    while batch := list(islice(pages, PAGES_A_READ)):
        named = {(page.package_id, page.run_id) for page in batch}
        found = runs.find_all(sorted(named), actor=actor)
        released = releases.find_all({(run.hook, run.version) for run in found.values()}, actor=actor)
        for page in batch:
            run = found.get(page.run_id)
            yield Made(page, run, released.get((run.hook, run.version)) if run and provenance else None)


def _fill(
    found: Iterator[Made], limit: int, position: Position | None
) -> tuple[list[ProvenRow | FeatureRow], Position | None]:
    """As many rows as an answer takes, and where the next one starts; None when there are no more."""
    shown: list[ProvenRow | FeatureRow] = []
    room = MAX_ANSWER_BYTES
    skip = position.offset if position else 0
    for read, made in enumerate(found):
        rows, place = made.rows(), (made.page.run_id, made.page.seq)
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
