"""The verbs of runs: queue them with the seal of their package, begin, end, show, list.

A hook run: one release of one hook on one package, queued, watched and ended as an operation.

States: `pending -> running -> succeeded | rejected | failed`, and `pending -> failed`. A run is
pinned: hook, version and digest are what was live when it was queued, and stay. *Rejected* means
that the check ran and says no; only a run that *failed* came to nothing. Runs are queued in the
transaction that seals their package, or by a rerun; each is the subject of an operation of its own
whose id has the same ULID (`run_X`, `op_X`), so one leads to the other without an index. The
operation's audit chain tells the run's story: what was pinned, and what came of it.

Invariants: a run is never used again and never deleted; its end is written once, and no run is
left open by an operation that is over: whoever ends the operation ends the run in the same write.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.conventions import service as conventions
from chalicelib.core import clock, ids
from chalicelib.core.errors import not_found
from chalicelib.dynamodb.items import Item, Page, RawKey
from chalicelib.dynamodb.paging import fill_page
from chalicelib.dynamodb.transaction import Stale, Transaction, retry_when_stale, transact
from chalicelib.hooks.models.run import End, as_ended, matches, result_of
from chalicelib.hooks.service import hooks, releases
from chalicelib.hooks.store import runs as store
from chalicelib.http import cursors
from chalicelib.operations.models.claim import Lost
from chalicelib.operations.service import lifecycle, operations
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.service import packages
from holdfast.api.codes import HOOK_RUN_ENDED
from holdfast.api.hook_runs import (
    HookRun,
    HookRunPage,
    HookRunView,
    Log,
    PackageRunQuery,
    RunQuery,
    RunStatus,
)
from holdfast.api.hooks import Hook
from holdfast.api.operations import Operation, OperationType, Result, Subject
from holdfast.api.releases import Release

if TYPE_CHECKING:
    from chalicelib.packages.service.finalize import Joined

RUN, OPERATION = "run_", "op_"


class Pin(NamedTuple):
    """What a run will run, whatever becomes live later."""

    hook: Hook
    release: Release


class Begun(NamedTuple):
    """A run as it was read or written last, with the item that the next write is conditional on."""

    item: Item
    run: HookRun


class QueuedRun(NamedTuple):
    """A run that was queued, and its unsent message; `send` it after the transaction."""

    run: HookRun
    outbox: Item

    def send(self) -> None:
        """Send the message; what fails here, the dispatcher sends."""
        lifecycle.send(self.outbox)


def queue_all(transaction: Transaction, sealed: PackageRecord, actor: Actor) -> "Joined | None":
    """Queue a run of each hook of the package's convention with its live release pinned: 4 items a hook.

    A hook without a live release (a deploy refuses such) is not run, and the package's chain says so.
    """
    if sealed.convention is None:
        return None
    names = conventions.get(sealed.convention, actor=actor).hooks
    pins = resolve(names, actor=actor)
    queued = [queue(transaction, sealed, pin, actor=actor) for pin in pins]
    told = [run.model_dump(mode="json", include={"id", "hook", "version", "digest"}) for run, _ in queued]
    without = sorted(set(names) - {pin.hook.name for pin in pins})
    from chalicelib.packages.service.finalize import Joined  # whoever calls this has imported it

    return Joined({"hook_runs": told, "hooks_without_release": without}, lambda: _send(queued))


def resolve(names: list[str], *, actor: Actor) -> list[Pin]:
    """The live releases of the named hooks as they are now, in two reads; hooks without one are left out."""
    found = hooks.find_all(names, actor=actor)
    live = releases.live([loaded.hook for loaded in found.values()], actor=actor)
    return [Pin(found[name].hook, live[name]) for name in names if name in live]


def queue(transaction: Transaction, package: PackageRecord, pin: Pin, *, actor: Actor) -> QueuedRun:
    """Add a pending run of `pin` on a sealed package, and its operation, to `transaction`: 4 items."""
    run = _new_run(package, pin)
    context = run.model_dump(mode="json", include={"package_id", "hook", "version", "digest"})
    order = lifecycle.OperationRequest(
        OperationType.HOOK_RUN,
        Subject(kind="hook-run", id=run.id),
        context,
        tenant=package.tenant,
        identified=False,
        id=run.operation_id,
    )
    queued = lifecycle.queue(transaction, order, actor=actor)
    transaction.save(store.new_item(run))
    return QueuedRun(run, queued.outbox)


@retry_when_stale
def begin(operation: Operation, *, memory_mib: int) -> Begun:
    """The run of a claimed operation, now `running`; as it is when it is over already.

    It starts with `memory_mib`; a later attempt goes on with what an earlier one came to. Raises `Lost`
    when a later claim has begun it.
    """
    item = _item_of(operation)
    run = store.to_run(item)
    if run.over:
        return Begun(item, run)
    if run.attempts > operation.attempt:
        raise Lost
    changes = {
        "started_at": run.started_at or clock.now(),
        "attempts": operation.attempt,
        "memory_mib": run.memory_mib or memory_mib,
    }
    return save(item, run.with_status(RunStatus.RUNNING, **changes))


def save(item: Item, run: HookRun) -> Begun:
    """Write a run that is not over yet; `Stale` when it is another's by now, or over."""
    store.fill(item, run)
    with transact() as transaction:
        transaction.save(item)
    return Begun(item, run)


def finish(begun: Begun, end: End) -> Result:
    """End the run, with its log; the result that its operation is to end with.

    A run that was ended or taken over meanwhile stays as it is: the result is then a late one.
    """
    run = as_ended(begun.run, end, at=clock.now())
    try:
        with transact() as transaction:
            _stage(transaction, begun.item, run)
            if end.log:
                transaction.save(store.new_log(run, end.log))
    except Stale:
        return result_of(run)
    return result_of(run)


def end_with(transaction: Transaction, operation: Operation) -> dict[str, Any]:
    """End the run of an operation that ends, unless it is over already; what the chain tells of it."""
    item = _item_of(operation)
    run = store.to_run(item)
    if not run.over:
        code, reason = _why(operation)
        run = as_ended(run, End(RunStatus.FAILED, code, reason), at=clock.now())
        _stage(transaction, item, run)
    told = {"status", "attempts", "oom_retries", "memory_mib", "exit_code", "row_count", "output_digest"}
    return {"hook_run": run.model_dump(mode="json", include=told)}


def truth(operation: Operation) -> Result | None:
    """What the run itself says of its operation; None while it is not over."""
    run = store.to_run(_item_of(operation))
    return result_of(run) if run.over else None


def get(run_id: str, *, actor: Actor) -> HookRunView:
    """The run with the tail of its log, if it is the actor's to see; `NotFound` otherwise."""
    package_id = _package_of(run_id, actor=actor)
    item, log = store.find_logged(actor.workspace, package_id, run_id)
    if item is None:
        raise not_found()
    shown = Log.model_validate(log.data) if log else None
    return HookRunView(**dict(store.to_run(item)), log=shown)


def find_all(named: list[tuple[str, str]], *, actor: Actor) -> dict[str, HookRun]:
    """Of pairs of a package's and a run's id, the runs that are the actor's to see, by id."""
    found = store.find_all(actor.workspace, named)
    return {run_id: run for run_id, run in found.items() if actor.entitled(run.tenant)}


def of_package(package_id: str, query: PackageRunQuery, *, actor: Actor) -> HookRunPage:
    """One page of a package's runs, newest first; `NotFound` without the package."""
    return search(RunQuery(**dict(query), package_id=package_id), actor=actor)


def search(query: RunQuery, *, actor: Actor) -> HookRunPage:
    """One page of runs, newest first; it may be short of `limit`, so go on while there is a cursor."""
    if query.package_id:
        packages.load(query.package_id, actor=actor)
    described = ["hook-runs", actor.workspace, query.model_dump(mode="json", exclude={"cursor", "limit"})]
    start = cursors.decode(query.cursor, query=described)

    def read(limit: int, after: RawKey | None) -> Page:
        return store.newest(actor.workspace, query, limit=limit, start=after)

    page = fill_page(read, lambda rows: _visible(rows, query, actor), limit=query.limit, start=start)
    return HookRunPage(items=page.items, next_cursor=cursors.encode(page.last_key, query=described))


def _visible(rows: list[Item], query: RunQuery, actor: Actor) -> list[HookRun]:
    found = [store.to_run(item) for item in rows]
    return [run for run in found if actor.entitled(run.tenant) and matches(run, query.facets)]


def _new_run(package: PackageRecord, pin: Pin) -> HookRun:
    run_id = ids.new("run")
    return HookRun(
        id=run_id,
        workspace=package.workspace,
        tenant=package.tenant,
        hook=pin.hook.name,
        feature=pin.hook.feature,
        version=pin.release.version,
        digest=pin.release.digest,
        package_id=package.id,
        manifest_digest=package.manifest_digest or "",
        operation_id=OPERATION + run_id.removeprefix(RUN),
        status=RunStatus.PENDING,
        created_at=clock.now(),
    )


def _send(queued: list[QueuedRun]) -> None:
    for run in queued:
        run.send()


def _stage(transaction: Transaction, item: Item, run: HookRun) -> None:
    store.fill(item, run)
    transaction.save(item)


def _why(operation: Operation) -> tuple[str, str]:
    if operation.failures:
        return operation.failures[0].code, operation.failures[0].message
    return HOOK_RUN_ENDED, f"Its operation ended as {operation.outcome}."


def _item_of(operation: Operation) -> Item:
    item = store.find(operation.workspace, operation.context["package_id"], operation.subject.id)
    if item is None:
        raise not_found()
    return item


def _package_of(run_id: str, *, actor: Actor) -> str:
    if not run_id.startswith(RUN):
        raise not_found()
    operation = operations.find(OPERATION + run_id.removeprefix(RUN), actor=actor)
    if operation.type is not OperationType.HOOK_RUN:
        raise not_found()
    return str(operation.context["package_id"])
