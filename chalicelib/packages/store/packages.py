"""Items of a package's record. Everything of one package is in one partition.

Sort keys in order: `A#{seq}` events, `FILES#{seq}` and `INDEX#{seq}` pages (packages/store/files.py),
`ITEM` the state, `METADATA` the metadata, which never changes.

Access patterns:
- one package: query sk between `ITEM` and `METADATA`, one request
- create once per idempotency key: put `idempotency` / `package#{key}` if absent, in the transaction
- some packages, without their metadata: batch get
- newest first: index `by_time`, partition `{namespace}#{workspace}#package`, sort = creation time
- packages that may expire, by date: index `by_ref`, partition `{namespace}#{workspace}#retention`; only
  while nothing but its date keeps the package
- work of a retention sweep: index `due`, partition `{namespace}#retention#{shard}`, sort = when it is due
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items as table
from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from chalicelib.dynamodb.paging import fill_page
from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.package import PackageRecord
from holdfast.api import moments
from holdfast.api.packages import Package, PackageQuery, PackageSummary

STATE = "ITEM"
METADATA = "METADATA"
CLAIM_KEPT_S = 24 * 3600
INTERNAL = {"page_count", "promised_by", "eligible_at", "released_at"}
RETENTION_SHARDS = 4


class Position(NamedTuple):
    """The position in a list: the last package that was read."""

    created_at: str
    package_id: str


class PathIndex(NamedTuple):
    """For each hash of a path: the latest page that names it, and the earlier pages that named it too."""

    latest: dict[bytes, int]
    earlier: dict[bytes, list[int]]

    def pages_naming(self, path_hash: bytes) -> list[int]:
        """Return the pages that may hold a path of this hash; none when it is not in the package."""
        if path_hash not in self.latest:
            return []
        return [*self.earlier.get(path_hash, []), self.latest[path_hash]]


class PackageSnapshot(NamedTuple):
    """A package as it was read: its record, and the items that a write is conditional on.

    `entries`, by path, are set when it was read with its files. `path_index` is set, and `metadata` is
    None, when it was read with the index of its paths. An event changes `state`, whether or not it is
    committed: read the package again before another attempt.
    """

    record: PackageRecord
    state: Item
    metadata: Item | None = None
    entries: Mapping[str, FileEntry] = MappingProxyType({})
    path_index: PathIndex = PathIndex({}, {})

    @property
    def package(self) -> Package:
        """The package as the API shows it."""
        return self.package_as(self.record)

    @property
    def files(self) -> list[FileEntry]:
        """The entries by path."""
        return [self.entries[path] for path in sorted(self.entries)]

    def package_as(self, record: PackageRecord) -> Package:
        """Return the package as the API shows it, with `record` in place of the one that was read."""
        if self.metadata is None:
            raise LookupError("the package was read without its metadata")
        return to_package(record, self.metadata)

    def key(self, entry: FileEntry) -> str:
        """Return the storage key of an entry's bytes."""
        return object_key(self.record, entry)


class Claim(NamedTuple):
    """The package that an idempotency key made, and the item that says so until `ends`."""

    package_id: str
    body_digest: str
    ends: datetime
    item: Item


def pk(workspace: str, package_id: str) -> str:
    """Return the partition of one package."""
    return table.partition(workspace, "package", package_id)


def new_state(record: PackageRecord) -> Item:
    """Return the state item of a new package."""
    item = Item(pk=pk(record.workspace, record.id), sk=STATE, kind="package")
    item.by_time_pk = table.partition(record.workspace, "package")
    item.by_time_sk = _sort(record)
    fill(item, record)
    return item


def new_metadata(package: Package) -> Item:
    """Return the item that keeps a package's metadata; it is written once."""
    partition = pk(package.workspace, package.id)
    return Item(pk=partition, sk=METADATA, kind="package-metadata", data=package.metadata)


def new_claim(package: Package, idempotency_key: str, *, body_digest: str) -> Item:
    """Return the item that ties a user's idempotency key to its request and to the package that it made."""
    key = claim_key(package.workspace, package.created_by, idempotency_key)
    expires = clock.shifted(package.created_at, CLAIM_KEPT_S)
    claim = {"package_id": package.id, "body_digest": body_digest}
    return Item(pk=key.pk, sk=key.sk, kind="claim", data=claim, ttl=expires)


def claim_key(workspace: str, user_id: str, idempotency_key: str) -> Key:
    """Return the key of the claim of a user's idempotency key."""
    digest = hashlib.sha256(f"{user_id}\0{idempotency_key}".encode()).hexdigest()
    return Key(table.partition(workspace, "idempotency"), f"package#{digest}")


def find_claim(workspace: str, user_id: str, idempotency_key: str) -> Claim | None:
    """Return the claim of a user's idempotency key, or None."""
    item = queries.get(claim_key(workspace, user_id, idempotency_key))
    return Claim(**item.data, ends=item.ttl, item=item) if item else None


def fill(item: Item, record: PackageRecord) -> None:
    """Write `record` into its state item, with the facets that lists filter by."""
    item.data = record.model_dump(mode="json", exclude={"metadata"})
    facets = {
        "status": record.status.value,
        "kind": record.kind,
        "producer": record.producer,
        "convention": record.convention,
        "tenant": record.tenant,
        "workspace": record.workspace,
    }
    item.facets = {name: value for name, value in facets.items() if value is not None}
    _place_by_date(item, record)


def retention_partition(workspace: str) -> str:
    """Return the `by_ref` partition of the packages of a workspace that may expire."""
    return table.partition(workspace, "retention")


def sweep_partition(shard: int) -> str:
    """Return the `due` partition of one shard of the work of retention sweeps."""
    return f"{settings().namespace}#retention#{shard}"


def to_record(item: Item) -> PackageRecord:
    """Return the record that a state item keeps."""
    return PackageRecord.model_validate(item.data)


def to_package(record: PackageRecord, metadata: Item) -> Package:
    """Return the package as the API shows it."""
    return Package.model_validate({**record.model_dump(exclude=INTERNAL), "metadata": metadata.data})


def find(workspace: str, package_id: str) -> PackageSnapshot | None:
    """Return a package without its files, in one request; None when there is none."""
    page = queries.query(pk(workspace, package_id), Item.sk.between(STATE, METADATA))
    items = {item.sk: item for item in page.items}
    return to_snapshot(items[STATE], items[METADATA]) if STATE in items else None


def to_snapshot(state: Item, metadata: Item | None) -> PackageSnapshot:
    """Return the snapshot of a package whose items were read."""
    return PackageSnapshot(to_record(state), state, metadata)


def find_all(workspace: str, package_ids: Iterable[str]) -> list[PackageRecord]:
    """Return the records of those of the packages that exist, in no order."""
    keys = [Key(pk(workspace, package_id), STATE) for package_id in package_ids]
    return [to_record(item) for item in queries.batch_get(keys).values()]


def newest(
    workspace: str, query: PackageQuery, *, after: Position | None
) -> tuple[list[PackageSummary], Position | None]:
    """Return packages that match `query`, newest first, and the position to go on from (None: the end).

    The packages are read consistently from the base table. It reads at most three times `query.limit`
    index rows, so a page may hold fewer packages.
    """
    period = _period(query)
    if period is None:
        return [], None

    def read(limit: int, start: RawKey | None) -> Page:
        partition, where = table.partition(workspace, "package"), _facets(query)
        return queries.query(
            partition, period, index="by_time", forward=False, limit=limit, start=start, where=where
        )

    start = _start(workspace, after) if after else None
    page = fill_page(read, list, limit=query.limit, start=start)
    records = queries.batch_get(Key(row.pk, row.sk) for row in page.items)
    states = [records[key] for row in page.items if (key := Key(row.pk, row.sk)) in records]
    found = [PackageSummary.model_validate(item.data) for item in states]
    return found, _position(page.last_key) if page.last_key else None


def _place_by_date(item: Item, record: PackageRecord) -> None:
    """Set or clear the index keys by which sweeps and the list of eligible packages find the package."""
    expires = moments.optional_rfc3339(record.expires_at) if record.may_expire else None
    item.by_ref_pk = retention_partition(record.workspace) if expires else None
    item.by_ref_sk = f"{expires}#{record.id}" if expires else None
    due = record.attention_at
    item.due_pk = sweep_partition(zlib.crc32(record.id.encode()) % RETENTION_SHARDS) if due else None
    item.due_sk = moments.rfc3339(due) if due else None


def _sort(record: PackageSummary) -> str:
    return f"{moments.rfc3339(record.created_at)}#{record.id}"


def _period(query: PackageQuery) -> Condition | None:
    """Return the condition on creation time, without both ends; None when it ends before it begins."""
    # `$` follows `#`, so the moment itself is left out
    after = f"{moments.optional_rfc3339(query.created_after) or ''}$"
    before = moments.optional_rfc3339(query.created_before) or "9"
    return Item.by_time_sk.between(after, before) if after <= before else None


def _facets(query: PackageQuery) -> Condition | None:
    wanted = query.model_dump(include={"status", "kind", "producer", "convention"}, exclude_none=True)
    condition: Condition | None = None
    for name, value in wanted.items():
        condition &= Item.facets[name] == str(value)
    return condition


def _start(workspace: str, position: Position) -> RawKey:
    return {
        "pk": {"S": pk(workspace, position.package_id)},
        "sk": {"S": STATE},
        "by_time_pk": {"S": table.partition(workspace, "package")},
        "by_time_sk": {"S": f"{position.created_at}#{position.package_id}"},
    }


def _position(last: RawKey) -> Position:
    created_at, _, package_id = str(last["by_time_sk"]["S"]).partition("#")
    return Position(created_at, package_id)


def object_prefix(package: PackageSummary) -> str:
    """Return the key prefix of all objects of a package; it ends in `/`."""
    return f"{settings().namespace}/{package.workspace}/packages/{package.id}/"


def content_prefix(package: PackageSummary) -> str:
    """Return the prefix of the keys that name their content; it ends in `/`."""
    return f"{object_prefix(package)}sha256/"


def manifest_key(package: PackageSummary) -> str:
    """Return the storage key of a package's manifest."""
    return f"{object_prefix(package)}manifest.json"


def object_key(package: PackageSummary, entry: FileEntry) -> str:
    """Return the storage key of an entry's bytes."""
    if entry.multipart:
        return entry.multipart.key
    return entry.key or content_prefix(package) + entry.sha256


def own_key(package: PackageSummary, entry: FileEntry) -> str:
    """Return a new storage key for an entry's bytes; nothing was ever stored under it."""
    return f"{content_prefix(package)}{entry.sha256}.{ids.new('own')}"
