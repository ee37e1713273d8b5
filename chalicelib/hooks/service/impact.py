"""Show the impact of a release, and run the live release again on the same packages.

*Impact* lists the runs of a release with their packages, features and row counts. The totals are summed
over the index rows of at least the first 10,000 runs, and say whether they are complete.

A *rerun* queues the live release on the packages that another release ran on, and on no other package. It
goes page by page: each call queues a limited number of runs. The cursor carries the release that was live
at the first call, so a move of the pointer in between changes nothing. A repeated call queues nothing
twice: a package is left out when a rerun of the same release is under way there or has ended there. A
rerun that failed is queued again.
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


class Known(NamedTuple):
    """The facts about the packages of one page that decide which of them get a run.

    `packages` are records, by id. `pins` are the items that name the rerun on a package, by package.
    `reruns` are the runs that these pins name, by run. `well` names for a package a run of the live
    release that has not failed.
    """

    packages: Mapping[str, PackageRecord]
    pins: Mapping[str, Item]
    reruns: Mapping[str, HookRun]
    well: Mapping[str, str]


def show(name: str, version: str, query: ImpactQuery, *, actor: Actor) -> Impact:
    """Return one page of a release's runs, newest first; the first page also has the totals."""
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
    """Queue the live release on the packages of one page of a release's runs.

    No package gets a second run, not even when two clients call at once. Raises `InvalidState`
    (HOOK_NOT_LIVE), and `NotFound` without the hook or the release.
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
    """Return the totals over the index rows of a release's runs; a megabyte of rows costs one request."""
    rows: list[dict[str, str]] = []
    start = None
    while len(rows) < MAX_TOTALLED_RUNS:
        page = store.of_release(actor.workspace, release.hook, release.version, limit=None, start=start)
        rows += [item.facets.as_dict() for item in page.items]
        start = page.last_key
        if start is None:
            break
    visible = [row for row in rows if actor.entitled(row.get("tenant"))]
    return totals(visible, complete=start is None)


def _item(run: HookRun) -> ImpactItem:
    return ImpactItem(run_id=run.id, **run.model_dump(include=set(ImpactItem.model_fields) - {"run_id"}))


def _bring(found: list[HookRun], pin: Pin, *, actor: Actor) -> list[QueuedRerun | Skipped]:
    """Queue a run of `pin` on each package of the found runs, or say why the package is left out."""
    package_ids = list(dict.fromkeys(run.package_id for run in found))
    known = _read_known(package_ids, found, pin, actor=actor)
    return [_rerun_package(package_id, known, pin, actor=actor) for package_id in package_ids]


def _read_known(package_ids: list[str], found: list[HookRun], pin: Pin, *, actor: Actor) -> Known:
    """Return the facts about a page of packages; 100 packages cost three reads."""
    keys = {_pin_key(package_id, pin, actor): package_id for package_id in package_ids}
    pins = {keys[key]: item for key, item in store.find_pins(keys).items()}
    named = [(package_id, str(item.data)) for package_id, item in pins.items()]
    well = {
        run.package_id: run.id
        for run in found
        if run.version == pin.release.version and run.status is not RunStatus.FAILED
    }
    records = packages.find_all(package_ids, actor=actor)
    return Known(records, pins, store.find_all(actor.workspace, named), well)


def _rerun_package(package_id: str, known: Known, pin: Pin, *, actor: Actor) -> QueuedRerun | Skipped:
    package, item = known.packages.get(package_id), known.pins.get(package_id)
    if package is None or package.status is not Status.FINALIZED:
        return Skipped(package_id=package_id, reason=LeftOut.NOT_SEALED, run_id=None)
    if run_id := known.well.get(package_id):
        return Skipped(package_id=package_id, reason=LeftOut.RUN_WELL, run_id=run_id)
    before = known.reruns.get(str(item.data)) if item else None
    if before and before.status is not RunStatus.FAILED:
        return Skipped(package_id=package_id, reason=LeftOut.RERUN_ALREADY, run_id=before.id)
    return _queue(package, item, pin, actor=actor)


def _queue(package: PackageRecord, before: Item | None, pin: Pin, *, actor: Actor) -> QueuedRerun | Skipped:
    """Queue one run, and write it into the package's pin item, which is `before` now: 5 items in all."""
    try:
        with transact() as transaction:
            queued = runs.queue(transaction, package, pin, actor=actor)
            item = before or store.new_pin(queued.run)
            item.data = queued.run.id
            transaction.save(item)
    except Stale:  # another rerun queued a run on this package first
        return Skipped(package_id=package.id, reason=LeftOut.RERUN_ALREADY, run_id=None)
    queued.send()
    run = queued.run
    return QueuedRerun(package_id=package.id, run_id=run.id, operation_id=run.operation_id)


def _pin_key(package_id: str, pin: Pin, actor: Actor) -> Key:
    return store.pin_key(actor.workspace, package_id, pin.hook.name, pin.release.version)
