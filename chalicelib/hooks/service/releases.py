"""Add, show and list the releases of a hook.

A release never changes, and versions count from 1 without a gap. The *fingerprint* of a release is over
every field that decides what a run does. A request with a known fingerprint returns the release that has
it, whatever `source_ref` says. Any other request adds the next version.

One transaction moves the hook's count, puts the release and its fingerprint if absent, and adds the audit
event. A client that loses a race reads again. Only the transaction decides whether a release is created,
never a read before it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid, not_found
from chalicelib.core.settings import settings
from chalicelib.dynamodb.transaction import Transaction, retry_when_contended, transact
from chalicelib.hooks.models.hook import Action, differences
from chalicelib.hooks.models.release import Pin, decisive, fingerprint
from chalicelib.hooks.service import bundles, hooks
from chalicelib.hooks.service.hooks import HookSnapshot
from chalicelib.hooks.store import releases as store
from chalicelib.hooks.store.hooks import new_item
from chalicelib.hooks.store.releases import Named
from chalicelib.http import cursors
from holdfast.api.codes import HOOK_CONTRACT_CONFLICT, INVALID_REQUEST
from holdfast.api.hooks import Hook, PageQuery
from holdfast.api.releases import NewRelease, Release, Released, ReleasePage, Runtime

VERSION = re.compile(r"[1-9][0-9]{0,9}")


class Exists(Exception):
    """The same release exists already."""


def release(name: str, body: NewRelease, *, actor: Actor) -> Released:
    """Add the next version of the hook and return it, or return the same release if it exists.

    The first release creates the hook. Raises `Conflict` (HOOK_CONTRACT_CONFLICT, BUNDLE_NOT_STORED,
    BUNDLE_DIFFERS), `Invalid` (INVALID_HOOK_NAME; INVALID_REQUEST for more memory than the platform has),
    and `Unavailable` when too many clients release at once.
    """
    demand_code(name, body, actor=actor)
    try:
        return _add(name, body, actor=actor)
    except Exists:
        return _same(name, body, actor=actor)


def demand_code(name: str, body: NewRelease, *, actor: Actor) -> None:
    """Raise what `release` raises for a wrong name, too much memory, or a bundle that is not stored."""
    bundles.demand_name(name)
    if body.runtime is Runtime.BUNDLE:
        _demand_memory(name, body)
        bundles.demand(body.digest, actor=actor)


def stage(
    transaction: Transaction, name: str, body: NewRelease, *, known: HookSnapshot | None, actor: Actor
) -> Released:
    """Add the next version of the hook to `transaction`, four items, and return the release.

    `known` is the hook as it was read, or None for a new one. Raises `Conflict` (HOOK_CONTRACT_CONFLICT).
    The commit raises `Exists` when the same release exists, and `Stale` when the hook changed meanwhile.
    """
    demand_contract(body, known=known)
    before = known.hook if known else _new_hook(name, body, actor)
    made = _next(before, body, actor)
    after = before.model_copy(update={"latest_version": made.version})
    after = hooks.with_pointer(after, made.version) if body.activate else after
    item = known.item if known else new_item(after)
    print_ = fingerprint(body)
    transaction.save(store.new_item(actor.workspace, made))
    transaction.save(store.new_print(actor.workspace, made, print_), on_conflict=Exists())
    payload = _payload(made, print_) | _moved(before, after, made) | ({} if known else _fixed(after))
    action = Action.RELEASED if known else Action.CREATED
    hooks.save(transaction, HookSnapshot(item, after), action=action, actor=actor, payload=payload)
    return _answer(made, after, created=True)


def demand_contract(body: NewRelease, *, known: HookSnapshot | None) -> None:
    """Raise `Conflict` (HOOK_CONTRACT_CONFLICT) when `known` has another feature or contract than `body`."""
    found = differences(known.hook, body.feature, body.contract) if known else []
    if known and found:
        message = f"{known.hook.name} differs in {', '.join(difference.what for difference in found)}."
        listed = [difference._asdict() for difference in found]
        raise Conflict(HOOK_CONTRACT_CONFLICT, message, hook=known.hook.name, differences=listed)


def same(
    bodies: Mapping[str, NewRelease], *, known: Mapping[str, HookSnapshot], actor: Actor
) -> dict[str, Released]:
    """Return by hook those of the new releases that exist already; all of them cost two reads."""
    prints = [(name, fingerprint(body)) for name, body in bodies.items() if name in known]
    named = [Named(*found) for found in store.versions(actor.workspace, prints).items()]
    found = store.find_all(actor.workspace, named)
    return {name.hook: _answer(made, known[name.hook].hook, created=False) for name, made in found.items()}


def live(found: Iterable[Hook], *, actor: Actor) -> dict[str, Release]:
    """Return the live releases of hooks, by hook, in one read; a hook without one is left out."""
    named = [Named(hook.name, hook.live_version) for hook in found if hook.live_version]
    return {name.hook: made for name, made in store.find_all(actor.workspace, named).items()}


def find_all(named: Iterable[tuple[str, int]], *, actor: Actor) -> dict[tuple[str, int], Release]:
    """Return the releases of pairs of a hook and a version; 100 of them cost one read.

    A release that does not exist is left out.
    """
    return {(*name,): made for name, made in store.find_all(actor.workspace, map(Named._make, named)).items()}


def get(name: str, version: str, *, actor: Actor) -> Release:
    """Return one release; `NotFound` when the hook has no such version."""
    found = store.find(actor.workspace, _named(name, version))
    if found is None:
        raise not_found()
    return found


def pinned(name: str, version: str, *, actor: Actor) -> Pin:
    """Return a hook and its release of that version, read in one request; `NotFound` without either."""
    found = store.find_pin(actor.workspace, _named(name, version))
    if found is None:
        raise not_found()
    return found


def search(name: str, query: PageQuery, *, actor: Actor) -> ReleasePage:
    """Return one page of a hook's releases, newest first; `NotFound` without the hook."""
    hooks.load(name, actor=actor)
    described = ["releases", actor.workspace, name]
    start = cursors.decode(query.cursor, query=described)
    page = store.newest(actor.workspace, name, limit=query.limit, start=start)
    next_cursor = cursors.encode(page.last_key, query=described)
    return ReleasePage(items=[store.to_release(item) for item in page.items], next_cursor=next_cursor)


def _named(name: str, version: str) -> Named:
    if not VERSION.fullmatch(version):
        raise not_found()
    return Named(name, int(version))


def _demand_memory(name: str, body: NewRelease) -> None:
    most, wanted = settings().hook_memory_max_mib, body.limits.memory_mib
    if wanted > most:
        rule = f"is {wanted}; at most {most} (HOLDFAST_HOOK_MEMORY_MAX_MIB) are allowed here"
        broken = {"field": "limits.memory_mib", "rule": rule}
        raise Invalid(INVALID_REQUEST, f"{name}: limits.memory_mib {rule}.", errors=[broken])


@retry_when_contended
def _add(name: str, body: NewRelease, *, actor: Actor) -> Released:
    known = hooks.find(name, actor=actor)
    with transact() as transaction:
        return stage(transaction, name, body, known=known, actor=actor)


def _same(name: str, body: NewRelease, *, actor: Actor) -> Released:
    known = {name: hooks.load(name, actor=actor)}
    return same({name: body}, known=known, actor=actor)[name]


def _new_hook(name: str, body: NewRelease, actor: Actor) -> Hook:
    return Hook(
        name=name,
        workspace=actor.workspace,
        feature=body.feature,
        contract=body.contract,
        live_version=None,
        latest_version=0,
        revision=0,
        created_by=actor.user_id,
        created_at=clock.now(),
    )


def _next(hook: Hook, body: NewRelease, actor: Actor) -> Release:
    return Release(
        **decisive(body),
        hook=hook.name,
        version=hook.latest_version + 1,
        source_ref=body.source_ref,
        built_by=actor.user_id,
        built_at=clock.now(),
    )


def _payload(made: Release, print_: str) -> dict[str, Any]:
    described = made.model_dump(mode="json", include={"version", "runtime", "digest", "source_ref"})
    return {"release": {**described, "fingerprint": print_}}


def _moved(before: Hook, after: Hook, made: Release) -> dict[str, Any]:
    if after.revision == before.revision:
        return {}
    return {"pointer": hooks.step(before, after, reason=f"release {made.version}")}


def _fixed(hook: Hook) -> dict[str, Any]:
    return {"hook": hook.model_dump(mode="json", include={"feature", "contract"})}


def _answer(made: Release, hook: Hook, *, created: bool) -> Released:
    return Released(**dict(made), created=created, live_version=hook.live_version)
