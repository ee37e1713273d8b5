"""The one item of a workspace's own retention: its overridden periods and its policy.

Access patterns:
- one workspace: get `retention` / `ITEM`; its chain beside it
- whose sweep deletes: index `due`, partition `{namespace}#retention-policies`, sort = workspace
"""

from chalicelib.core.settings import settings
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, RawKey
from chalicelib.retention.models.classes import WorkspaceRetention

STATE = "ITEM"
PAGE = 100


def key(workspace: str) -> Key:
    """Where a workspace's retention is."""
    return Key(items.partition(workspace, "retention"), STATE)


def find(workspace: str) -> Item | None:
    """The item of a workspace, or None when it never decided anything for itself."""
    return queries.get(key(workspace))


def new_state(workspace: str) -> Item:
    """The item of a workspace that decides for the first time."""
    place = key(workspace)
    return Item(pk=place.pk, sk=place.sk, kind="retention", data={})


def to_retention(item: Item | None) -> WorkspaceRetention:
    """What the item says; the seeded classes and no deleting without one."""
    return WorkspaceRetention.model_validate(item.data) if item and item.data else WorkspaceRetention()


def fill(item: Item, workspace: str, retention: WorkspaceRetention) -> None:
    """Write `retention` into its item, found by the sweep while it deletes."""
    item.data = retention.model_dump(mode="json")
    deletes = retention.policy.auto_delete
    item.facets = {"grace_days": retention.policy.grace_days}
    item.due_pk = _policies() if deletes else None
    item.due_sk = workspace if deletes else None


def deleting(*, after: RawKey | None) -> tuple[list[tuple[str, int]], RawKey | None]:
    """One page of the workspaces whose policy deletes, each with its days of grace, and where to go on."""
    page = queries.query(_policies(), index="due", limit=PAGE, start=after)
    found = [(str(item.due_sk), int(item.facets.as_dict()["grace_days"])) for item in page.items]
    return found, page.last_key


def _policies() -> str:
    return f"{settings().namespace}#retention-policies"
