"""Pages of verdicts, in the package's partition.

The key of a page has the place of its first file: its number among all files of the package, by path,
from 0. So a reader finds the pages of an answer without the pages before them.

Access patterns:
- one page: put `VERDICTS#{check id}#{place}` if absent
- all pages of a check, by path: query sk begins with `VERDICTS#{check id}#`
- the verdicts of one answer: query the last page that begins at or before it, then sk between its ends
- one event for each check: put `VERIFIED#{check id}` if absent, with the event; get
"""

import json
import zlib
from collections.abc import Iterator

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.packages.models.verification import Check, KeptPage
from chalicelib.packages.store.packages import pk
from holdfast.api.operations import Result
from holdfast.api.packages import PackageSummary
from holdfast.api.verifications import FileVerdict

PREFIX = "VERDICTS#"
MARK_PREFIX = "VERIFIED#"


def new_page(partition: str, check: Check, *, place: int, rows: list[FileVerdict]) -> Item:
    """Return the item of one page; `place` is the number of its first file among all, by path, from 0."""
    blob = zlib.compress(json.dumps([row.model_dump(mode="json") for row in rows]).encode())
    found_by = {"operation_id": check.operation_id}
    return Item(pk=partition, sk=_sk(check.id, place), kind="package-verdicts", data=found_by, blob=blob)


def new_mark(package: PackageSummary, check_id: str, result: Result) -> Item:
    """Return the item that marks, with the result, that the package's chain has the event of a check."""
    key = _mark_key(package.workspace, package.id, check_id)
    return Item(pk=key.pk, sk=key.sk, kind="package-verified", data=result.model_dump(mode="json"))


def result(workspace: str, package_id: str, check_id: str) -> Result | None:
    """Return the result of a check once its event is in the package's chain; None before."""
    item = queries.get(_mark_key(workspace, package_id, check_id))
    return Result.model_validate(item.data) if item else None


def _mark_key(workspace: str, package_id: str, check_id: str) -> Key:
    return Key(pk(workspace, package_id), f"{MARK_PREFIX}{check_id}")


def to_verdicts(item: Item) -> list[FileVerdict]:
    """Return the verdicts that a page keeps."""
    return [FileVerdict.model_validate(row) for row in json.loads(zlib.decompress(item.blob))]


def find_pages(partition: str, check_id: str) -> Iterator[KeptPage]:
    """Yield the pages that a check of the package in `partition` has kept so far, by path."""
    condition = Item.sk.startswith(f"{PREFIX}{check_id}#")
    for item in queries.query_all(partition, condition):
        yield KeptPage(item.data["operation_id"], to_verdicts(item))


def find_some(workspace: str, package_id: str, check_id: str, *, skip: int, count: int) -> list[FileVerdict]:
    """Return at most `count` verdicts after the first `skip`, by path; it reads only their pages."""
    first = _page_of(workspace, package_id, check_id, place=skip) if skip else 0
    between = Item.sk.between(_sk(check_id, first), _sk(check_id, skip + count - 1))
    page = queries.query(pk(workspace, package_id), between)
    found = [verdict for item in page.items for verdict in to_verdicts(item)]
    return found[skip - first :][:count]


def _page_of(workspace: str, package_id: str, check_id: str, *, place: int) -> int:
    between = Item.sk.between(_sk(check_id, 0), _sk(check_id, place))
    page = queries.query(pk(workspace, package_id), between, forward=False, limit=1)
    return max((int(item.sk.rpartition("#")[2]) for item in page.items), default=0)


def _sk(check_id: str, place: int) -> str:
    return f"{PREFIX}{check_id}#{place:06d}"
