"""Pages of a package's files, and an index of the paths in each page.

`FILES#{seq}` keeps the entries of a page (compressed JSON). `INDEX#{seq}` keeps 8 bytes of the hash of
each path in that page. A page is written once. The latest page that names a path has its present entry.

A query is not a snapshot: a plan may commit while a reader reads its pages. The state, which is read
last, has the number of pages. A reader that found another number reads again.

Access patterns:
- plan: query sk between `INDEX#` and `ITEM` (indexes and state, one request), then put one page
- entries of some paths: batch get of the pages whose index names them
- all files: query sk between `FILES#` and `METADATA`, one request for each MB (about 20,000 files)
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import Stale, retry_when_stale
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.store.packages import (
    METADATA,
    STATE,
    PackageSnapshot,
    PathIndex,
    pk,
    to_snapshot,
)

PAGE_PREFIX = "FILES#"
INDEX_PREFIX = "INDEX#"
HASH_BYTES = 8
MAX_PAGE_BYTES = 300_000  # before compression, so that no page comes near DynamoDB's 400 KB an item


class PageItems(NamedTuple):
    """The two items of one page."""

    files: Item
    hashes: Item


@retry_when_stale
def find_with_index(workspace: str, package_id: str) -> PackageSnapshot | None:
    """Return a package with the index of its paths, without its metadata; None when there is none."""
    between = Item.sk.between(INDEX_PREFIX, STATE)
    state: Item | None = None
    latest: dict[bytes, int] = {}
    earlier: dict[bytes, list[int]] = {}
    pages = 0
    for item in queries.query_all(pk(workspace, package_id), between):
        if item.sk == STATE:
            state = item
            continue
        pages += 1
        named = dict.fromkeys(_split(item.blob), _seq(item))
        for again in latest.keys() & named.keys():
            earlier.setdefault(again, []).append(latest[again])
        latest |= named
    _require_all_pages(state, pages)
    return to_snapshot(state, None)._replace(path_index=PathIndex(latest, earlier)) if state else None


def known_entries(snapshot: PackageSnapshot, paths: Iterable[str]) -> dict[str, FileEntry]:
    """Return the present entries of those `paths` that the package has; no request when it has none."""
    wanted = set(paths)
    named = {seq for path in wanted for seq in snapshot.path_index.pages_naming(path_hash(path))}
    items = queries.batch_get(Key(snapshot.state.pk, f"{PAGE_PREFIX}{seq:06d}") for seq in named)
    entries: dict[str, FileEntry] = {}
    for item in sorted(items.values(), key=_seq):
        entries |= {entry.path: entry for entry in _unpack(item) if entry.path in wanted}
    return entries


@retry_when_stale
def find_with_files(workspace: str, package_id: str) -> PackageSnapshot | None:
    """Return a package with all of its files; None when there is none."""
    between = Item.sk.between(PAGE_PREFIX, METADATA)
    found: dict[str, Item] = {}
    entries: dict[str, FileEntry] = {}
    pages = 0
    for item in queries.query_all(pk(workspace, package_id), between):
        if item.sk.startswith(PAGE_PREFIX):
            pages += 1
            entries |= {entry.path: entry for entry in _unpack(item)}
        elif not item.sk.startswith(INDEX_PREFIX):
            found[item.sk] = item
    _require_all_pages(found.get(STATE), pages)
    if STATE not in found:
        return None
    return to_snapshot(found[STATE], found[METADATA])._replace(entries=entries)


def pages(partition: str, entries: list[FileEntry], *, first: int) -> Iterator[PageItems]:
    """Yield the items that keep `entries` in the package's `partition`; page numbers start at `first`."""
    for seq, chunk in enumerate(_chunks(entries), start=first):
        rows = [entry.model_dump(exclude_none=True) for entry in chunk]
        blob = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
        index = b"".join(path_hash(entry.path) for entry in chunk)
        yield PageItems(
            Item(pk=partition, sk=f"{PAGE_PREFIX}{seq:06d}", kind="package-files", blob=blob),
            Item(pk=partition, sk=f"{INDEX_PREFIX}{seq:06d}", kind="package-index", blob=index),
        )


def path_hash(path: str) -> bytes:
    """Return the 8 bytes that an index keeps of a path; a collision costs one read, never a wrong answer."""
    return hashlib.sha256(path.encode()).digest()[:HASH_BYTES]


def _require_all_pages(state: Item | None, pages: int) -> None:
    if state and state.data["page_count"] != pages:
        raise Stale


def _chunks(entries: list[FileEntry]) -> Iterator[list[FileEntry]]:
    chunk: list[FileEntry] = []
    size = 0
    for entry in entries:
        cost = len(entry.path.encode()) + len(entry.media_type) + 400
        if chunk and size + cost > MAX_PAGE_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += cost
    if chunk:
        yield chunk


def _split(blob: bytes) -> Iterator[bytes]:
    return (blob[at : at + HASH_BYTES] for at in range(0, len(blob), HASH_BYTES))


def _seq(item: Item) -> int:
    return int(item.sk.rpartition("#")[2])


def _unpack(item: Item) -> list[FileEntry]:
    return [FileEntry.model_validate(row) for row in json.loads(zlib.decompress(item.blob))]
