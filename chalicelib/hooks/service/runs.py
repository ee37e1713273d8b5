"""Queue, begin, end, show and list hook runs.

A hook run is one release of one hook on one package. Its states are `pending -> running -> succeeded |
rejected | failed`, and `pending -> failed`. A run is pinned: it keeps the hook, version and digest that were
live when it was queued. *Rejected* means that the check ran and refuses the package. *Failed* means that the
check has no result.

A run is queued in the transaction that finalizes its package, or by a rerun. It is the subject of an
operation of its own, and both ids have the same ULID (`run_X`, `op_X`), so one leads to the other without an
index. The audit chain of the operation has the pin and the end of the run.

Invariants: a run is never used again and never deleted. Its end is written once. An operation that is over
has no open run: the write that ends the operation also ends the run.
"""

from typing import Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.conventions import service as conventions
from chalicelib.core import clock, ids
from chalicelib.core.errors import not_found
from chalicelib.dynamodb.items import Item, Page, RawKey
from chalicelib.dynamodb.paging import fill_page
from chalicelib.dynamodb.transaction import Stale, Transaction, retry_when_stale, transact
from chalicelib.hooks.models.release import Pin
from chalicelib.hooks.models.run import End, as_ended, matches, result_of
from chalicelib.hooks.service import hooks, releases
from chalicelib.hooks.store import runs as store
from chalicelib.http import cursors
from chalicelib.operations.models.claim import Lost
from chalicelib.operations.service import lifecycle, operations
from chalicelib.packages.models.package import Joined, PackageRecord
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
from holdfast.api.operations import Operation, OperationType, Result, Subject

RUN, OPERATION = "run_", "op_"


class Begun(NamedTuple):
    """A run as it was last read or written, with its item; the next write is conditional on that item."""

    item: Item
    run: HookRun


class QueuedRun(NamedTuple):
    """A queued run and its unsent message. Call `send` after the transaction."""

    run: HookRun
    outbox: Item

    def send(self) -> None:
        """Send the message; the dispatcher sends it later when this fails."""
        lifecycle.send(self.outbox)


def queue_all(transaction: Transaction, package: PackageRecord, actor: Actor) -> Joined | None:
    """Queue a run of each hook of a finalized package's convention, in `transaction`: 4 items a hook.

    Each run is pinned to the live release of its hook. A hook without one is not run, and the audit
    chain of the package says so. Returns None for a package without a convention.
    """
    if package.convention is None:
        return None
    names = conventions.get(package.convention, actor=actor).hooks
    pins = resolve(names, actor=actor)
    queued = [queue(transaction, package, pin, actor=actor) for pin in pins]
    listed = [run.model_dump(mode="json", include={"id", "hook", "version", "digest"}) for run, _ in queued]
    without = sorted(set(names) - {pin.hook.name for pin in pins})
    return Joined({"hook_runs": listed, "hooks_without_release": without}, lambda: _send(queued))


def resolve(names: list[str], *, actor: Actor) -> list[Pin]:
    """Return the named hooks with their live releases, in two reads; a hook without one is left out."""
    found = hooks.find_all(names, actor=actor)
    live = releases.live([loaded.hook for loaded in found.values()], actor=actor)
    return [Pin(found[name].hook, live[name]) for name in names if name in live]


def queue(transaction: Transaction, package: PackageRecord, pin: Pin, *, actor: Actor) -> QueuedRun:
    """Add a pending run of `pin` on a finalized package, and its operation, to `transaction`: 4 items."""
    run = _new_run(package, pin)
    context = run.model_dump(mode="json", include={"package_id", "hook", "version", "digest"})
    request = lifecycle.OperationRequest(
        OperationType.HOOK_RUN,
        Subject(kind="hook-run", id=run.id),
        context,
        tenant=package.tenant,
        identified=False,
        id=run.operation_id,
    )
    queued = lifecycle.queue(transaction, request, actor=actor)
    transaction.save(store.new_item(run))
    return QueuedRun(run, queued.outbox)


@retry_when_stale
def begin(operation: Operation, *, memory_mib: int) -> Begun:
    """Move the run of a claimed operation to `running` and return it; a run that is over stays as it is.

    The first attempt starts with `memory_mib`; a later one keeps the memory of the attempt before it.
    Raises `Lost` when a later claim has begun the run.
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
    """Write a run that is not over yet; `Stale` when the run has changed since it was read."""
    store.fill(item, run)
    with transact() as transaction:
        transaction.save(item)
    return Begun(item, run)


def finish(begun: Begun, end: End) -> Result:
    """End the run, keep its log, and return the result for its operation.

    A run that has changed since it was read stays as it is; the result is then a late one.
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
    """End the run of an operation that ends, unless it is over; return the run's part of the audit event."""
    item = _item_of(operation)
    run = store.to_run(item)
    if not run.over:
        code, reason = _why(operation)
        run = as_ended(run, End(RunStatus.FAILED, code, reason), at=clock.now())
        _stage(transaction, item, run)
    fields = {"status", "attempts", "oom_retries", "memory_mib", "exit_code", "row_count", "output_digest"}
    return {"hook_run": run.model_dump(mode="json", include=fields)}


def truth(operation: Operation) -> Result | None:
    """Return the result that the run itself gives its operation; None while the run is not over."""
    run = store.to_run(_item_of(operation))
    return result_of(run) if run.over else None


def get(run_id: str, *, actor: Actor) -> HookRunView:
    """Return the run with the tail of its log; `NotFound` when there is none that the actor may see."""
    package_id = _package_of(run_id, actor=actor)
    item, log = store.find_logged(actor.workspace, package_id, run_id)
    if item is None:
        raise not_found()
    shown = Log.model_validate(log.data) if log else None
    return HookRunView(**dict(store.to_run(item)), log=shown)


def find_all(named: list[tuple[str, str]], *, actor: Actor) -> dict[str, HookRun]:
    """Return the runs that the actor may see, by id, given pairs of a package's and a run's id."""
    found = store.find_all(actor.workspace, named)
    return {run_id: run for run_id, run in found.items() if actor.entitled(run.tenant)}


def of_package(package_id: str, query: PackageRunQuery, *, actor: Actor) -> HookRunPage:
    """Return one page of a package's runs, newest first; `NotFound` without the package."""
    return search(RunQuery(**dict(query), package_id=package_id), actor=actor)


def search(query: RunQuery, *, actor: Actor) -> HookRunPage:
    """Return one page of runs, newest first; it may hold fewer than `limit` while a cursor follows."""
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
