"""The verbs of the rotation: plan or queue a sweep, do it, show the alarms.

Integrity: kept bytes are read and hashed again, in rotation, for as long as they are kept.

Every sealed package has a place in the rotation (packages/rotation). A *sweep* is an operation over one
workspace: it sets out to check what is due, longest due first, until its budget of bytes is spent or its
worker's time is short, and each package's new place is written with what was found. A package that is
larger than what is left of the budget is checked in pieces, over several sweeps, no file twice.

What a check came to is the package's `integrity`, never its status: `corrupt` and `error` are *alarms*
until a check finds every byte in order. A sweep counts what it checked itself. It succeeded only when it
found every file of everything that was due in order; one that left something is incomplete, and says why.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.metrics import count
from chalicelib.core.settings import settings
from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.operations.models.claim import Report
from chalicelib.operations.service import lifecycle, operations, reconciliation
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.service.lifecycle import OperationRequest
from chalicelib.packages.models.integrity import (
    MAX_COUNTED_ALARMS,
    MAX_NAMED_ALARMS,
    Budget,
    Checked,
    complete,
    sweep_result,
)
from chalicelib.packages.models.package import PackageRecord
from chalicelib.packages.models.verification import (
    Check,
    KeptPage,
    all_verdicts,
    bytes_to_read,
    is_alarming,
    result_of,
)
from chalicelib.packages.service import locks, verifications
from chalicelib.packages.store import files, integrity_schedule
from chalicelib.packages.store import integrity as store
from chalicelib.packages.store.integrity_schedule import Place
from chalicelib.packages.store.packages import STATE, PackageSnapshot, to_record
from holdfast.api.auth import EVERY_TENANT
from holdfast.api.integrity import (
    MAX_PLANNED_PACKAGES,
    Alarm,
    AlarmCount,
    AlarmPage,
    AlarmQuery,
    PlannedPackage,
    SweepPlan,
    SweepQueued,
    SweepRequest,
)
from holdfast.api.operations import Counter, Operation, OperationType, Progress, Result, Subject
from holdfast.api.packages import Status


class Sweep(NamedTuple):
    """What a sweep's attempt works with."""

    operation: Operation
    actor: Actor
    budget: Budget
    report: Report


def ask(body: SweepRequest, *, actor: Actor) -> SweepPlan | SweepQueued:
    """Queue a sweep of what the actor may see, or with `dry_run` show what one would set out to check.

    While a sweep of the workspace is active, that is the one.
    """
    budget = body.budget_bytes or settings().integrity_sweep_bytes
    if body.dry_run:
        return _plan(body, budget, actor)
    context = {
        "budget_bytes": budget,
        "include_recent": body.include_recent,
        "tenants": sorted(actor.tenants),
    }
    return SweepQueued(operation_id=_queue(context, actor).id)


def queue_due() -> int:
    """Queue a sweep for each workspace that has something due, and note that it ran; how many.

    Safe to run twice: while a sweep of a workspace is active, that is the one.
    """
    workspaces = sorted(integrity_schedule.workspaces(clock.now()))
    context = {
        "budget_bytes": settings().integrity_sweep_bytes,
        "include_recent": False,
        "tenants": [EVERY_TENANT],
    }
    for workspace in workspaces:
        _queue(context, lifecycle.system(workspace))
    reconciliation.note_sweep(OperationType.INTEGRITY_SWEEP, {"workspaces": len(workspaces)})
    return len(workspaces)


def sweep(operation: Operation, *, report: Report, remaining: Callable[[], float]) -> Result:
    """Check what is due in the operation's workspace until its budget is spent; the result over all of it.

    Done again after a worker died, it goes on: what was found before is kept, package by package, and
    counts against the same budget.
    """
    before = store.find_checked(operation.workspace, operation.id)
    size = int(operation.context["budget_bytes"]) - sum(checked.bytes for checked in before)
    budget = Budget(size, remaining, began=bool(before))
    working = Sweep(operation, _acting(operation), budget, report)
    partly = list(_check_all(working, done={checked.package_id for checked in before}))
    found = store.find_checked(operation.workspace, operation.id)
    return sweep_result([*found, *partly], stopped=budget.stopped)


def perform(claim: Claim) -> Result:
    """Do the work of a claimed sweep, and note what the run came to."""
    done = sweep(claim.operation, report=claim.checkpoint, remaining=claim.remaining)
    reconciliation.note_run(claim.operation, done, complete=complete(done))
    damaged = (Counter.BAD, Counter.MISSING, Counter.ERROR)
    count("DamagedFiles", sum(done.summary_counts[counter] for counter in damaged))
    return done


def alarms(query: AlarmQuery, *, actor: Actor) -> AlarmPage:
    """One page of the packages whose bytes are not, or may not be, what was sealed; what one may see."""
    described = ["integrity-alarms", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    page = integrity_schedule.alarms(actor.workspace, limit=query.limit, start=start)
    items = [_alarm(record) for record in _alarming(page.items, actor)]
    next_cursor = cursors.encode(page.last_key, query=described)
    return AlarmPage(items=items, next_cursor=next_cursor)


def count_alarms(*, actor: Actor) -> AlarmCount:
    """How many alarms the actor may see, counted up to MAX_COUNTED_ALARMS, and the first of them."""
    page = integrity_schedule.alarms(actor.workspace, limit=MAX_COUNTED_ALARMS, start=None)
    found = [record.id for record in _alarming(page.items, actor)]
    return AlarmCount(alarms=len(found), more=page.last_key is not None, packages=found[:MAX_NAMED_ALARMS])


def _acting(operation: Operation) -> Actor:
    """Who the sweep acts as: whoever asked for it, with no more sight than then."""
    tenants = frozenset(operation.context["tenants"])
    return lifecycle.initiator(operation).model_copy(update={"tenants": tenants})


def _alarming(rows: Iterable[Item], actor: Actor) -> list[PackageRecord]:
    """The records of index rows that are alarms, as the table has it now, and the actor's to see."""
    keys = [Key(row.pk, STATE) for row in rows]
    states = queries.batch_get(keys)
    records = [to_record(states[key]) for key in keys if key in states]
    return [record for record in records if _kept(record, actor) and is_alarming(record.integrity)]


def _alarm(record: PackageRecord) -> Alarm:
    return Alarm(
        package_id=record.id,
        integrity=record.integrity,
        verdicts=record.verdicts,
        last_verified_at=record.last_verified_at,
    )


def _kept(record: PackageRecord, actor: Actor) -> bool:
    return record.status is Status.FINALIZED and actor.entitled(record.tenant)


def _plan(body: SweepRequest, budget: int, actor: Actor) -> SweepPlan:
    planned: list[PlannedPackage] = []
    total, more = 0, False
    for place in integrity_schedule.turns(actor.workspace, None if body.include_recent else clock.now()):
        record = place.record
        if not _kept(record, actor):
            continue
        more = len(planned) == MAX_PLANNED_PACKAGES or total + record.total_bytes > budget
        if planned and more:
            break
        total += record.total_bytes
        planned.append(_planned(place))
    return SweepPlan(budget_bytes=budget, total_bytes=total, packages=planned, more=more)


def _planned(place: Place) -> PlannedPackage:
    record = place.record
    return PlannedPackage.model_validate(
        {
            "package_id": record.id,
            "total_bytes": record.total_bytes,
            "last_verified_at": record.last_verified_at,
            "due_at": place.due_at,
            "under_way": place.check_id is not None,
        }
    )


@retry_when_stale
def _queue(context: Mapping[str, Any], actor: Actor) -> Operation:
    subject = Subject(kind="workspace", id=actor.workspace)
    request = OperationRequest(OperationType.INTEGRITY_SWEEP, subject, dict(context))
    return operations.submit(request, actor=actor)


def _check_all(working: Sweep, *, done: set[str]) -> Iterator[Checked]:
    """Check place after place, longest due first, each once; what was found of what is not ended."""
    until = None if working.operation.context["include_recent"] else clock.now()
    for place in integrity_schedule.turns(working.operation.workspace, until):
        if place.record.id in done or not _kept(place.record, working.actor):
            continue
        progress = Progress(done=len(done), unit="packages")
        working.report(progress)
        if found := _check(place, working, progress):
            yield found
        if working.budget.stopped:
            return
        done.add(place.record.id)


def _check(place: Place, working: Sweep, progress: Progress) -> Checked | None:
    """Check one package, or go on with it; what this sweep found of it, when others have to end it."""
    operation = working.operation
    snapshot = files.find_with_files(operation.workspace, place.record.id)
    check_id = place.check_id or _begin(place, operation.id)
    if snapshot is None or check_id is None:
        return None  # somebody else has just checked it, or ordered to delete it
    check = Check(check_id, operation.id)
    pages = verifications.examine(
        snapshot,
        check,
        report=lambda _: working.report(progress),  # bytes move: the lease is renewed
        may_go_on=working.budget.take,
    )
    found = _found(snapshot, pages, check)
    if sum(len(page.verdicts) for page in pages) < len(snapshot.entries):
        return found if found.verdicts and _still_kept(place, working.actor) else None
    locks.recheck(snapshot, actor=working.actor, report=lambda _: working.report(progress))
    kept = store.new_checked(operation.workspace, operation.id, found, now=clock.now())
    result = result_of(all_verdicts(pages))
    verifications.conclude(place.record.id, check.id, result, actor=working.actor, kept=kept)
    return None


def _begin(place: Place, check_id: str) -> str | None:
    """Note that the check begins; the check that somebody else began meanwhile, None when that is over."""
    try:
        with transact() as transaction:
            transaction.save(integrity_schedule.begin(place, check_id))
    except Stale:
        return integrity_schedule.check_under_way(place)
    return check_id


def _still_kept(place: Place, actor: Actor) -> bool:
    """Whether what was not found counts: bytes that are missing may have been disposed of meanwhile."""
    state = queries.get(Key(place.item.pk, STATE))
    return state is not None and _kept(to_record(state), actor)


def _found(snapshot: PackageSnapshot, pages: list[KeptPage], check: Check) -> Checked:
    """What the sweep itself found, and not those that had the package's turns before it."""
    record = snapshot.record
    own = all_verdicts([page for page in pages if page.found_by == check.operation_id])
    counts = Tally(verdict.verdict for verdict in own)
    size = sum(bytes_to_read(snapshot.entries[verdict.path]) for verdict in own)
    return Checked(package_id=record.id, tenant=record.tenant, verdicts=dict(counts), bytes=size)
