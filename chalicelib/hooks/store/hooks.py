"""Items of a hook's record. Everything of one hook is in one partition.

Sort keys in order: `A#{seq}` events, `ITEM` the hook, `PRINT#{fingerprint}` and `RELEASE#{version}`
(releases/store.py).

Access patterns:
- one hook, or some by name: get, batch get
- newest first: index `by_time`, partition `{namespace}#{workspace}#hook`, sort = creation time
- whether any hook has a feature: index `by_ref`, partition `{namespace}#{workspace}#hook-feature#{feature}`
- the moves of the pointer: the audit chain, query sk begins with `A#` (audit/store.py)
"""

from collections.abc import Iterable

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, Page, RawKey
from holdfast.api import moments
from holdfast.api.hooks import Hook

STATE = "ITEM"


def pk(workspace: str, name: str) -> str:
    """The partition of one hook."""
    return items.partition(workspace, "hook", name)


def key(workspace: str, name: str) -> Key:
    """Return the key of a hook's state item."""
    return Key(pk(workspace, name), STATE)


def new_item(hook: Hook) -> Item:
    """The state item of a hook that is not there yet."""
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
    """The hook that a state item keeps."""
    return Hook.model_validate(item.data)


def find(workspace: str, name: str) -> Item | None:
    """The state item of a hook, or None."""
    return queries.get(key(workspace, name))


def find_all(workspace: str, names: Iterable[str]) -> dict[str, Item]:
    """The state items of those hooks that there are, by name."""
    keys = {key(workspace, name): name for name in names}
    return {keys[found]: item for found, item in queries.batch_get(keys).items()}


def has_feature(workspace: str, feature: str) -> bool:
    """Whether a hook has that feature."""
    page = queries.query(items.partition(workspace, "hook-feature", feature), index="by_ref", limit=1)
    return bool(page.items)


def newest(workspace: str, *, limit: int, start: RawKey | None) -> Page:
    """State items of one page of hooks, newest first."""
    return queries.newest(items.partition(workspace, "hook"), limit=limit, start=start)
