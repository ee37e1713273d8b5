"""The verbs of a hook's record: show, list, move the live pointer, and the pointer's history."""

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
    """A hook as it was read, with the item that a write is conditional on."""

    item: Item
    hook: Hook


def get(name: str, *, actor: Actor) -> Hook:
    """The hook of that name; `NotFound` when there is none in the actor's workspace."""
    return load(name, actor=actor).hook


def load(name: str, *, actor: Actor) -> HookSnapshot:
    """The hook with what is needed to change it; `NotFound` as `get`."""
    found = find(name, actor=actor)
    if found is None:
        raise not_found()
    return found


def find(name: str, *, actor: Actor) -> HookSnapshot | None:
    """The hook with what is needed to change it, or None."""
    item = store.find(actor.workspace, name)
    return HookSnapshot(item, store.to_hook(item)) if item else None


def find_all(names: Iterable[str], *, actor: Actor) -> dict[str, HookSnapshot]:
    """Those of the named hooks that there are, by name, in one read for 100 of them."""
    found = store.find_all(actor.workspace, names)
    return {name: HookSnapshot(item, store.to_hook(item)) for name, item in found.items()}


def has_feature(feature: str, *, actor: Actor) -> bool:
    """Whether any hook's rows go to that feature."""
    return store.has_feature(actor.workspace, feature)


def search(query: PageQuery, *, actor: Actor) -> HookPage:
    """One page of hooks, newest first."""
    described = ["hooks", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    page = store.newest(actor.workspace, limit=query.limit, start=start)
    next_cursor = cursors.encode(page.last_key, query=described)
    return HookPage(items=[store.to_hook(item) for item in page.items], next_cursor=next_cursor)


@retry_when_stale
def move(name: str, body: MovePointer, *, actor: Actor) -> Hook:
    """Make a release live, an earlier one as well as a later; what ran before keeps its release.

    The release that is live already: nothing changes. Raises `Conflict` (STALE_REVISION), `Invalid`
    (UNKNOWN_RELEASE).
    """
    item, hook = load(name, actor=actor)
    _demand_revision(hook, body.expected_revision)
    if body.version > hook.latest_version:
        message = f"{name} has {hook.latest_version} releases; there is no version {body.version}."
        raise Invalid(UNKNOWN_RELEASE, message, latest_version=hook.latest_version)
    if body.version == hook.live_version:
        return hook
    moved = pointed(hook, body.version)
    with transact() as transaction:
        payload = {"pointer": step(hook, moved, reason=body.reason)}
        save(transaction, HookSnapshot(item, moved), action=Action.MOVED, actor=actor, payload=payload)
    return moved


def pointed(hook: Hook, version: int) -> Hook:
    """The hook after its pointer moved to `version`."""
    return hook.model_copy(update={"live_version": version, "revision": hook.revision + 1})


def step(before: Hook, after: Hook, *, reason: str | None) -> dict[str, Any]:
    """A move of the pointer, as the audit chain tells it."""
    return {
        "from": before.live_version,
        "to": after.live_version,
        "revision": after.revision,
        "reason": reason,
    }


def pointer_history(name: str, query: PageQuery, *, actor: Actor) -> PointerHistory:
    """Where the pointer has been, oldest first; a page may be short, for other events lie between."""
    load(name, actor=actor)
    page = audit.history(store.pk(actor.workspace, name), limit=query.limit, cursor=query.cursor)
    items = [_move(event) for event in page.items if (event.payload or {}).get("pointer")]
    return PointerHistory(items=items, next_cursor=page.next_cursor)


def save(
    transaction: Transaction, loaded: HookSnapshot, *, action: Action, actor: Actor, payload: dict[str, Any]
) -> None:
    """Add an event, and the hook's item that carries the chain's new head, to `transaction`."""
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
