"""Items of a hook's record. All items of one hook are in one partition.

Sort keys in order: `A#{seq}` events, `ITEM` the hook, `PRINT#{fingerprint}` and `RELEASE#{version}`
(chalicelib/hooks/store/releases.py).

Access patterns:
- one hook, or some by name: get, batch get
- newest first: index `by_time`, partition `{namespace}#{workspace}#hook`, sort = creation time
- whether any hook has a feature: index `by_ref`, partition `{namespace}#{workspace}#hook-feature#{feature}`
- the moves of the pointer: the audit chain, query sk begins with `A#` (chalicelib/audit/store.py)
"""

from collections.abc import Iterable

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from holdfast.api import moments
from holdfast.api.hooks import Hook

STATE = "ITEM"


def pk(workspace: str, name: str) -> str:
    """Return the partition key of one hook."""
    return items.partition(workspace, "hook", name)


def key(workspace: str, name: str) -> Key:
    """Return the key of a hook's state item."""
    return Key(pk(workspace, name), STATE)


def new_item(hook: Hook) -> Item:
    """Return the state item of a new hook."""
    item = Item(pk=pk(hook.workspace, hook.name), sk=STATE, kind="hook")
    item.by_time_pk = items.partition(hook.workspace, "hook")
    item.by_time_sk = f"{moments.rfc3339(hook.created_at)}#{hook.name}"
    item.by_ref_pk = items.partition(hook.workspace, "hook-feature", hook.feature)
    item.by_ref_sk = hook.name
    fill(item, hook)
    return item


def fill(item: Item, hook: Hook) -> None:
    """Write `hook` into its state item."""
    item.data = hook.model_dump(mode="json")


def to_hook(item: Item) -> Hook:
    """Return the hook that a state item keeps."""
    return Hook.model_validate(item.data)


def find(workspace: str, name: str) -> Item | None:
    """Return the state item of a hook, or None."""
    return queries.get(key(workspace, name))


def find_all(workspace: str, names: Iterable[str]) -> dict[str, Item]:
    """Return the state items of the named hooks, by name; a hook that does not exist is left out."""
    keys = {key(workspace, name): name for name in names}
    return {keys[found]: item for found, item in queries.batch_get(keys).items()}


def has_feature(workspace: str, feature: str) -> bool:
    """Return whether a hook of the workspace has that feature."""
    page = queries.query(items.partition(workspace, "hook-feature", feature), index="by_ref", limit=1)
    return bool(page.items)


def newest(workspace: str, *, limit: int, start: RawKey | None) -> Page:
    """Return one page of hooks as state items, newest first."""
    return queries.newest(items.partition(workspace, "hook"), limit=limit, start=start)
