"""Pages of verdicts, in the package's partition.

Access patterns:
- one page: put `VERDICTS#{operation id}#{seq}` if absent
- all pages of a verification, by path: query sk begins with `VERDICTS#{operation id}#`
- the package's chain tells of it once: put `VERIFIED#{operation id}` if absent, with the event; get
- an answer's worth: query sk between two of them, so an answer reads at most two pages
"""

import json
import zlib
from collections.abc import Iterator

from chalicelib.core import table
from chalicelib.core.table import Item, Key
from chalicelib.operations.models import Result
from chalicelib.packages.models import PackageSummary
from chalicelib.packages.store import pk
from chalicelib.packages.verifications.models import FileVerdict

PREFIX = "VERDICTS#"
MARK_PREFIX = "VERIFIED#"


def new_page(
    workspace: str, package_id: str, operation_id: str, *, seq: int, rows: list[FileVerdict]
) -> Item:
    """The item of one page, `seq` from 1."""
    blob = zlib.compress(json.dumps([row.model_dump(mode="json") for row in rows]).encode())
    sk = f"{PREFIX}{operation_id}#{seq:06d}"
    return Item(pk=pk(workspace, package_id), sk=sk, kind="package-verdicts", blob=blob)


def new_mark(package: PackageSummary, operation_id: str, result: Result) -> Item:
    """The item that stands, with the result, when the package's chain tells of the verification."""
    key = _mark_key(package.workspace, package.id, operation_id)
    return Item(pk=key.pk, sk=key.sk, kind="package-verified", data=result.model_dump(mode="json"))


def result(workspace: str, package_id: str, operation_id: str) -> Result | None:
    """What the package's chain tells of the verification; None while it tells nothing."""
    item = table.get(_mark_key(workspace, package_id, operation_id))
    return Result.model_validate(item.data) if item else None


def _mark_key(workspace: str, package_id: str, operation_id: str) -> Key:
    return Key(pk(workspace, package_id), f"{MARK_PREFIX}{operation_id}")


def verdicts(item: Item) -> list[FileVerdict]:
    """The verdicts that a page keeps."""
    return [FileVerdict.model_validate(row) for row in json.loads(zlib.decompress(item.blob))]


def kept(workspace: str, package_id: str, operation_id: str) -> Iterator[FileVerdict]:
    """Every verdict that a verification has kept so far, by path."""
    condition = Item.sk.startswith(f"{PREFIX}{operation_id}#")
    for item in table.query_all(pk(workspace, package_id), condition):
        yield from verdicts(item)


def two_pages(workspace: str, package_id: str, operation_id: str, *, seq: int) -> list[FileVerdict]:
    """The verdicts of the page `seq` and of the next: what an answer needs, wherever in `seq` it starts."""
    first, last = (f"{PREFIX}{operation_id}#{number:06d}" for number in (seq, seq + 1))
    page = table.query(pk(workspace, package_id), Item.sk.between(first, last))
    return [verdict for item in page.items for verdict in verdicts(item)]
