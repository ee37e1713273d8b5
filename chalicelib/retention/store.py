"""The one item of a workspace's own retention: its overridden periods and its policy.

Access patterns:
- one workspace: get `retention` / `ITEM`; its chain is beside it
- workspaces whose sweep deletes: index `due`, partition `{namespace}#retention-policies`, sort = workspace
"""

from chalicelib.core.settings import settings
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key, RawKey
from chalicelib.retention.models.classes import WorkspaceRetention

STATE = "ITEM"
PAGE = 100


def key(workspace: str) -> Key:
    """Return the key of a workspace's retention item."""
    return Key(items.partition(workspace, "retention"), STATE)


def find(workspace: str) -> Item | None:
    """Return the item of a workspace, or None when the workspace never changed its retention."""
    return queries.get(key(workspace))


def new_state(workspace: str) -> Item:
    """Return the item for a workspace that changes its retention for the first time."""
    place = key(workspace)
    return Item(pk=place.pk, sk=place.sk, kind="retention", data={})


def to_retention(item: Item | None) -> WorkspaceRetention:
    """Return the retention that the item keeps; without an item, the defaults, which delete nothing."""
    return WorkspaceRetention.model_validate(item.data) if item and item.data else WorkspaceRetention()


def fill(item: Item, workspace: str, retention: WorkspaceRetention) -> None:
    """Write `retention` into its item; the sweep finds the item while auto-delete is on."""
    item.data = retention.model_dump(mode="json")
    deletes = retention.policy.auto_delete
    item.facets = {"grace_days": retention.policy.grace_days}
    item.due_pk = _policies() if deletes else None
    item.due_sk = workspace if deletes else None


def deleting(*, after: RawKey | None) -> tuple[list[tuple[str, int]], RawKey | None]:
    """Return one page of the workspaces with auto-delete, each with its days of grace, and the next key."""
    page = queries.query(_policies(), index="due", limit=PAGE, start=after)
    found = [(str(item.due_sk), int(item.facets.as_dict()["grace_days"])) for item in page.items]
    return found, page.last_key


def _policies() -> str:
    return f"{settings().namespace}#retention-policies"
