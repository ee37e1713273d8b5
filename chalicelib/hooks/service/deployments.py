"""Deploy a convention with its schema, its hooks and their releases: all of it, or nothing.

One transaction writes every part that does not exist yet: at most three items for the convention and
four for each of 24 hooks. Parts that exist already stay as they are, so the same deploy again writes
nothing.
"""

from collections.abc import Mapping, Sequence

from chalicelib.auth.models import Actor
from chalicelib.conventions import service as conventions
from chalicelib.core.errors import Invalid, InvalidState
from chalicelib.dynamodb.transaction import Stale, Transaction, retry_when_stale, transact
from chalicelib.hooks.service import hooks, releases
from chalicelib.hooks.service.hooks import HookSnapshot
from holdfast.api import codes
from holdfast.api.codes import UNKNOWN_HOOK
from holdfast.api.deployments import Deploy, Deployed
from holdfast.api.releases import Released


def deploy(body: Deploy, *, actor: Actor) -> Deployed:
    """Create the convention, its schema, its hooks and their releases as `body` says: all, or nothing.

    Parts that exist already stay as they are. Raises `Invalid` (INVALID_METADATA_SCHEMA, UNKNOWN_HOOK),
    `Conflict` (SCHEMA_CONFLICT, HOOK_CONTRACT_CONFLICT, BUNDLE_NOT_STORED, BUNDLE_DIFFERS), `InvalidState`
    (HOOK_NOT_LIVE), and `Unavailable` when too many clients deploy the same at once.
    """
    conventions.demand_sound(body)
    return _deploy(body, actor=actor)


@retry_when_stale
def _deploy(body: Deploy, *, actor: Actor) -> Deployed:
    declared = conventions.read_declared(body, actor=actor)
    known = hooks.find_all(body.names, actor=actor)
    _demand_known(body, known)
    try:
        with transact() as transaction:
            released = _stage_releases(transaction, body, known=known, actor=actor)
            _demand_live(body, known, released)
            staged = conventions.stage(transaction, body, body.names, seen=declared, actor=actor)
    except releases.Exists:
        raise Stale from None
    convention, created = staged
    return Deployed(**dict(convention), created=created, releases=released)


def _stage_releases(
    transaction: Transaction, body: Deploy, *, known: Mapping[str, HookSnapshot], actor: Actor
) -> list[Released]:
    for name, wanted in body.releases.items():
        releases.demand_contract(wanted, known=known.get(name))
    there = releases.same(body.releases, known=known, actor=actor)
    missing = {name: wanted for name, wanted in body.releases.items() if name not in there}
    for name, wanted in missing.items():
        releases.demand_code(name, wanted, actor=actor)
    made = {
        name: releases.stage(transaction, name, wanted, known=known.get(name), actor=actor)
        for name, wanted in missing.items()
    }
    return [(there | made)[name] for name in body.releases]


def _demand_live(body: Deploy, known: Mapping[str, HookSnapshot], released: Sequence[Released]) -> None:
    """Raise `InvalidState` (HOOK_NOT_LIVE) when a hook of the convention has no live release."""
    live = {name: loaded.hook.live_version for name, loaded in known.items()}
    live |= {made.hook: made.live_version for made in released}
    waiting = [name for name in body.names if live[name] is None]
    if waiting:
        message = f"No release of {' or '.join(waiting)} is live; nothing was deployed."
        raise InvalidState(codes.HOOK_NOT_LIVE, message, hooks=waiting)


def _demand_known(body: Deploy, known: Mapping[str, HookSnapshot]) -> None:
    unknown = sorted(set(body.names) - body.releases.keys() - known.keys())
    if unknown:
        message = f"There is no hook {' or '.join(unknown)}; nothing was deployed."
        raise Invalid(UNKNOWN_HOOK, message, hooks=unknown)
