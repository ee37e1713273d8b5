"""The verbs of a release's blast radius: show it, run the live release on it.

The blast radius of a release: what it made, and how to make it anew.

*Impact* lists a release's runs with their packages, features and row counts; totals come from the
index that lists them, bounded, and say whether they are complete. A *rerun* brings the packages that
a release ran on to a run of the release that is live when it starts, and touches no other. It goes on
page by page: each call queues a bounded number, and its cursor carries the live release, so moving the
pointer in between changes nothing. Sent again, it queues nothing twice: a package is left out while,
or once, a rerun of the same release is under way or came to an end there; one that failed is tried anew.
"""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.core.errors import InvalidState
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import Stale, transact
from chalicelib.hooks.models.impact import MAX_TOTALLED_RUNS, totals
from chalicelib.hooks.models.release import Pin
from chalicelib.hooks.service import releases, runs
from chalicelib.hooks.store import runs as store
from chalicelib.http import cursors
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.service import packages
from holdfast.api import codes
from holdfast.api.hook_runs import HookRun, RunStatus
from holdfast.api.impact import (
    Impact,
    ImpactItem,
    ImpactQuery,
    LeftOut,
    QueuedRerun,
    Reran,
    Rerun,
    Skipped,
    Totals,
)
from holdfast.api.packages import Status
from holdfast.api.releases import Release


class Seen(NamedTuple):
    """What is known of the packages of one page: their records, the pins that stand, and whose they are."""

    packages: Mapping[str, PackageRecord]
    pins: Mapping[str, Item]
    pinned: Mapping[str, HookRun]
    well: Mapping[str, str]


def show(name: str, version: str, query: ImpactQuery, *, actor: Actor) -> Impact:
    """One page of what a release made, newest first; on the first page, what it comes to in all."""
    hook, release = releases.pinned(name, version, actor=actor)
    described = ["impact", actor.workspace, name, release.version]
    start = cursors.decode(query.cursor, query=described)
    page = store.of_release(actor.workspace, name, release.version, limit=query.limit, start=start)
    found = [store.to_run(item) for item in store.read(page.items)]
    return Impact(
        hook=name,
        version=release.version,
        feature=hook.feature,
        live_version=hook.live_version,
        totals=_totals(release, actor) if query.cursor is None else None,
        items=[_item(run) for run in found if actor.entitled(run.tenant)],
        next_cursor=cursors.encode(page.last_key, query=described),
    )


def rerun(name: str, version: str, body: Rerun, *, actor: Actor) -> Reran:
    """Queue the live release on packages that a release ran on, one page of its runs a call.

    Sent again, or by two at once, no package gets a second run. Raises `InvalidState` (HOOK_NOT_LIVE).
    """
    hook, release = releases.pinned(name, version, actor=actor)
    described = ["rerun", actor.workspace, name, release.version]
    live_version, start = cursors.decode(body.cursor, query=described) or (hook.live_version, None)
    if live_version is None:
        raise InvalidState(
            codes.HOOK_NOT_LIVE, f"No release of {name} is live; nothing was queued.", hook=name
        )
    pin = Pin(hook, releases.get(name, str(live_version), actor=actor))
    page = store.of_release(actor.workspace, name, release.version, limit=body.limit, start=start)
    found = [store.to_run(item) for item in store.read(page.items)]
    done = _bring([run for run in found if actor.entitled(run.tenant)], pin, actor=actor)
    after = [live_version, page.last_key] if page.last_key else None
    return Reran(
        hook=name,
        version=release.version,
        live_version=live_version,
        queued=[answer for answer in done if isinstance(answer, QueuedRerun)],
        left_out=[answer for answer in done if isinstance(answer, Skipped)],
        next_cursor=cursors.encode(after, query=described),
    )


def _totals(release: Release, actor: Actor) -> Totals:
    """The sums over what the index says of the release's runs: a request for each megabyte of it."""
    rows: list[dict[str, str]] = []
    start = None
    while len(rows) < MAX_TOTALLED_RUNS:
        page = store.of_release(actor.workspace, release.hook, release.version, limit=None, start=start)
        rows += [item.facets.as_dict() for item in page.items]
        start = page.last_key
        if start is None:
            break
    seen = [row for row in rows if actor.entitled(row.get("tenant"))]
    return totals(seen, complete=start is None)


def _item(run: HookRun) -> ImpactItem:
    return ImpactItem(run_id=run.id, **run.model_dump(include=set(ImpactItem.model_fields) - {"run_id"}))


def _bring(found: list[HookRun], pin: Pin, *, actor: Actor) -> list[QueuedRerun | Skipped]:
    """Bring the packages of some runs to a run of `pin`, each once."""
    package_ids = list(dict.fromkeys(run.package_id for run in found))
    seen = _look(package_ids, found, pin, actor=actor)
    return [_item_of(package_id, seen, pin, actor=actor) for package_id in package_ids]


def _look(package_ids: list[str], found: list[HookRun], pin: Pin, *, actor: Actor) -> Seen:
    """All that is to be known of a page of packages, in three reads for 100 of them."""
    keys = {_pin_key(package_id, pin, actor): package_id for package_id in package_ids}
    pins = {keys[key]: item for key, item in store.find_pins(keys).items()}
    named = [(package_id, str(item.data)) for package_id, item in pins.items()]
    well = {
        run.package_id: run.id
        for run in found
        if run.version == pin.release.version and run.status is not RunStatus.FAILED
    }
    records = packages.find_all(package_ids, actor=actor)
    return Seen(records, pins, store.find_all(actor.workspace, named), well)


def _item_of(package_id: str, seen: Seen, pin: Pin, *, actor: Actor) -> QueuedRerun | Skipped:
    package, stands = seen.packages.get(package_id), seen.pins.get(package_id)
    if package is None or package.status is not Status.FINALIZED:
        return Skipped(package_id=package_id, reason=LeftOut.NOT_SEALED, run_id=None)
    if run_id := seen.well.get(package_id):
        return Skipped(package_id=package_id, reason=LeftOut.RUN_WELL, run_id=run_id)
    before = seen.pinned.get(str(stands.data)) if stands else None
    if before and before.status is not RunStatus.FAILED:
        return Skipped(package_id=package_id, reason=LeftOut.RERUN_ALREADY, run_id=before.id)
    return _queue(package, stands, pin, actor=actor)


def _queue(package: PackageRecord, stands: Item | None, pin: Pin, *, actor: Actor) -> QueuedRerun | Skipped:
    """Queue one run, on record as the one that brings this release to the package: 5 items."""
    try:
        with transact() as transaction:
            queued = runs.queue(transaction, package, pin, actor=actor)
            item = stands or store.new_pin(queued.run)
            item.data = queued.run.id
            transaction.save(item)
    except Stale:  # another rerun was first
        return Skipped(package_id=package.id, reason=LeftOut.RERUN_ALREADY, run_id=None)
    queued.send()
    run = queued.run
    return QueuedRerun(package_id=package.id, run_id=run.id, operation_id=run.operation_id)


def _pin_key(package_id: str, pin: Pin, actor: Actor) -> Key:
    return store.pin_key(actor.workspace, package_id, pin.hook.name, pin.release.version)
