"""Show and list hooks, move the live pointer, and show the pointer's history."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.core.errors import Conflict, Invalid, not_found
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.hooks.models.hook import Action
from chalicelib.hooks.store import hooks as store
from chalicelib.http import cursors
from holdfast.api.audit import Event
from holdfast.api.codes import STALE_REVISION, UNKNOWN_RELEASE
from holdfast.api.hooks import Hook, HookPage, MovePointer, PageQuery, PointerHistory, PointerMove


class HookSnapshot(NamedTuple):
    """A hook, and its item as it was read; a write is conditional on that item."""

    item: Item
    hook: Hook


def get(name: str, *, actor: Actor) -> Hook:
    """Return the hook of that name; `NotFound` when the actor's workspace has none."""
    return load(name, actor=actor).hook


def load(name: str, *, actor: Actor) -> HookSnapshot:
    """Return the hook with its item, as a change needs it; `NotFound` when the workspace has none."""
    found = find(name, actor=actor)
    if found is None:
        raise not_found()
    return found


def find(name: str, *, actor: Actor) -> HookSnapshot | None:
    """Return the hook with its item, as a change needs it, or None."""
    item = store.find(actor.workspace, name)
    return HookSnapshot(item, store.to_hook(item)) if item else None


def find_all(names: Iterable[str], *, actor: Actor) -> dict[str, HookSnapshot]:
    """Return the named hooks by name; 100 hooks cost one read. A hook that does not exist is left out."""
    found = store.find_all(actor.workspace, names)
    return {name: HookSnapshot(item, store.to_hook(item)) for name, item in found.items()}


def has_feature(feature: str, *, actor: Actor) -> bool:
    """Return whether a hook of the workspace has that feature."""
    return store.has_feature(actor.workspace, feature)


def search(query: PageQuery, *, actor: Actor) -> HookPage:
    """Return one page of hooks, newest first."""
    described = ["hooks", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    page = store.newest(actor.workspace, limit=query.limit, start=start)
    next_cursor = cursors.encode(page.last_key, query=described)
    return HookPage(items=[store.to_hook(item) for item in page.items], next_cursor=next_cursor)


@retry_when_stale
def move(name: str, body: MovePointer, *, actor: Actor) -> Hook:
    """Make a release live, an earlier or a later one; runs that are queued already keep their release.

    Nothing changes when the release is live already. Raises `Conflict` (STALE_REVISION), `Invalid`
    (UNKNOWN_RELEASE), and `NotFound` without the hook.
    """
    item, hook = load(name, actor=actor)
    _demand_revision(hook, body.expected_revision)
    if body.version > hook.latest_version:
        releases = "1 release" if hook.latest_version == 1 else f"{hook.latest_version} releases"
        message = f"{name} has {releases}; there is no version {body.version}."
        raise Invalid(UNKNOWN_RELEASE, message, latest_version=hook.latest_version)
    if body.version == hook.live_version:
        return hook
    moved = with_pointer(hook, body.version)
    with transact() as transaction:
        payload = {"pointer": step(hook, moved, reason=body.reason)}
        save(transaction, HookSnapshot(item, moved), action=Action.MOVED, actor=actor, payload=payload)
    return moved


def with_pointer(hook: Hook, version: int) -> Hook:
    """Return the hook with its live pointer at `version` and the next revision."""
    return hook.model_copy(update={"live_version": version, "revision": hook.revision + 1})


def step(before: Hook, after: Hook, *, reason: str | None) -> dict[str, Any]:
    """Return a move of the pointer as the audit chain keeps it."""
    return {
        "from": before.live_version,
        "to": after.live_version,
        "revision": after.revision,
        "reason": reason,
    }


def pointer_history(name: str, query: PageQuery, *, actor: Actor) -> PointerHistory:
    """Return one page of the pointer's moves, oldest first; it may be short, since other events count."""
    load(name, actor=actor)
    page = audit.history(store.pk(actor.workspace, name), limit=query.limit, cursor=query.cursor)
    items = [_move(event) for event in page.items if (event.payload or {}).get("pointer")]
    return PointerHistory(items=items, next_cursor=page.next_cursor)


def save(
    transaction: Transaction, loaded: HookSnapshot, *, action: Action, actor: Actor, payload: dict[str, Any]
) -> None:
    """Add an event to `transaction`, and the hook's item with the new head of the chain."""
    item, hook = loaded
    audit.record(
        transaction, item, aggregate=f"hook:{hook.name}", action=action, actor=actor, payload=payload
    )
    store.fill(item, hook)
    transaction.save(item)


def _demand_revision(hook: Hook, expected: int | None) -> None:
    if expected not in (None, hook.revision):
        message = f"The pointer of {hook.name} is at revision {hook.revision}, not {expected}."
        raise Conflict(STALE_REVISION, message, revision=hook.revision, live_version=hook.live_version)


def _move(event: Event) -> PointerMove:
    pointer = (event.payload or {})["pointer"]
    return PointerMove(seq=event.seq, actor=event.actor, at=event.at, **pointer)
