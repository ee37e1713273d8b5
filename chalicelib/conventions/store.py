"""Items of conventions, of their schemas, and of the packages that refer to them.

All items of one convention are in one partition. Sort keys in order: `A#{seq}` events, `ITEM` the convention
(also of a deleted one: its chain continues there), `PACKAGE#{id}` a reference for each package.

Access patterns:
- one convention, with or without the schema that it names: get, batch get
- newest first: index `by_time`, partition `{namespace}#{workspace}#convention`, sort = creation time
- refer: check that the convention exists, put the reference if absent, in the package's own transaction
- whether any package refers to it: query sk begins with `PACKAGE#`, one row, consistent
- a schema: partition `{namespace}#{workspace}#schema#{id}`, sort key `VERSION#{version}`
"""

from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from holdfast.api import moments
from holdfast.api.conventions import Convention, Schema

STATE = "ITEM"
PACKAGE = "PACKAGE#"
VERSION = "VERSION#"
DELETED = "deleted"


class Declared(NamedTuple):
    """The items that exist under a slug and under a schema's id and version."""

    item: Item | None
    schema: Schema | None


def key(workspace: str, slug: str) -> Key:
    """Return the key of a convention's state item."""
    return Key(items.partition(workspace, "convention", slug), STATE)


def new_item(workspace: str, slug: str) -> Item:
    """Return the state item of a convention that was never declared before."""
    pk, sk = key(workspace, slug)
    return Item(pk=pk, sk=sk, kind="convention")


def fill(item: Item, convention: Convention, *, deleted: bool = False) -> None:
    """Write `convention` into its state item; a deleted one is in no list, and no package can refer to it."""
    item.data = convention.model_dump(mode="json", by_alias=True)
    item.facets = {DELETED: DELETED} if deleted else None
    item.by_time_pk = None if deleted else items.partition(convention.workspace, "convention")
    item.by_time_sk = None if deleted else f"{moments.rfc3339(convention.created_at)}#{convention.slug}"


def new_schema(workspace: str, schema: Schema) -> Item:
    """Return the item of a schema, which is written once."""
    pk, sk = _schema_key(workspace, schema)
    return Item(pk=pk, sk=sk, kind="schema", data=schema.model_dump(mode="json"))


def new_reference(workspace: str, slug: str, package_id: str) -> Item:
    """Return the item that says that a package refers to a convention."""
    return Item(pk=key(workspace, slug).pk, sk=f"{PACKAGE}{package_id}", kind="convention-package")


def stands() -> Condition:
    """Return the condition that the convention exists and is not deleted."""
    condition: Condition = Item.pk.exists() & Item.facets[DELETED].does_not_exist()
    return condition


def to_convention(item: Item | None) -> Convention | None:
    """Return the convention that a state item keeps; None when it is deleted or there is no item."""
    gone = item is None or (item.facets is not None and DELETED in item.facets.as_dict())
    return None if item is None or gone else Convention.model_validate(item.data)


def find(workspace: str, slug: str) -> Item | None:
    """Return the state item of a convention, deleted or not, or None."""
    return queries.get(key(workspace, slug))


def find_declared(workspace: str, slug: str, schema: Schema | None) -> Declared:
    """Return the present convention and schema under these names, in one read."""
    keys = [key(workspace, slug), *([_schema_key(workspace, schema)] if schema else [])]
    found = queries.batch_get(keys)
    kept = found.get(keys[1]) if schema else None
    return Declared(found.get(keys[0]), Schema.model_validate(kept.data) if kept else None)


def newest(workspace: str, *, limit: int, start: RawKey | None) -> Page:
    """Return the state items of one page of conventions, newest first."""
    return queries.newest(items.partition(workspace, "convention"), limit=limit, start=start)


def referring(workspace: str, slug: str) -> str | None:
    """Return the id of a package that refers to the convention, or None."""
    rows = queries.query(key(workspace, slug).pk, Item.sk.startswith(PACKAGE), limit=1).items
    return rows[0].sk.removeprefix(PACKAGE) if rows else None


def _schema_key(workspace: str, schema: Schema) -> Key:
    return Key(items.partition(workspace, "schema", schema.id), f"{VERSION}{schema.version}")
