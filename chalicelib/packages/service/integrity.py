"""Integrity sweeps: read and hash kept bytes again, in turn; list the alarms (docs/concepts/integrity.md).

Every finalized package has a place in the integrity schedule (packages/store/integrity_schedule.py). A
*sweep* is an operation over one workspace. It checks the packages that are due, longest due first, until
its byte budget is spent or its time is short. The finding on a package and its next place are written
together. A package that is larger than the rest of the budget is checked over several sweeps, and no file
is checked twice.

A check changes the package's `integrity`, never its status. `corrupt` and `error` are *alarms* until a
check finds every byte in order. A sweep counts its own checks only. It succeeds only when it checked all
that was due and every file was ok. Otherwise its failures say why.
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
    """The things that one attempt of a sweep works with."""

    operation: Operation
    actor: Actor
    budget: Budget
    report: Report


def ask(body: SweepRequest, *, actor: Actor) -> SweepPlan | SweepQueued:
    """Queue a sweep of the packages that the actor may see; with `dry_run`, return its plan instead.

    While a sweep of the workspace is active, that one is returned.
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
    """Queue a sweep for each workspace that has something due, and note that this ran; return how many.

    It is safe to run twice: a workspace has at most one active sweep.
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
    """Check the packages that are due in the operation's workspace, and return the result of the sweep.

    After a crash it goes on: the earlier findings are kept, and count for the same budget.
    """
    before = store.find_checked(operation.workspace, operation.id)
    size = int(operation.context["budget_bytes"]) - sum(checked.bytes for checked in before)
    budget = Budget(size, remaining, began=bool(before))
    working = Sweep(operation, _actor_of(operation), budget, report)
    partly = list(_check_all(working, done={checked.package_id for checked in before}))
    found = store.find_checked(operation.workspace, operation.id)
    return sweep_result([*found, *partly], stopped=budget.stopped)


def perform(claim: Claim) -> Result:
    """Do the sweep of a claimed operation, and note its result."""
    done = sweep(claim.operation, report=claim.checkpoint, remaining=claim.remaining)
    reconciliation.note_run(claim.operation, done, complete=complete(done))
    damaged = (Counter.BAD, Counter.MISSING, Counter.ERROR)
    count("DamagedFiles", sum(done.summary_counts[counter] for counter in damaged))
    return done


def alarms(query: AlarmQuery, *, actor: Actor) -> AlarmPage:
    """Return one page of the alarms that the actor may see: packages that are `corrupt` or `error`."""
    described = ["integrity-alarms", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    page = integrity_schedule.alarms(actor.workspace, limit=query.limit, start=start)
    items = [_alarm(record) for record in _alarming(page.items, actor)]
    next_cursor = cursors.encode(page.last_key, query=described)
    return AlarmPage(items=items, next_cursor=next_cursor)


def count_alarms(*, actor: Actor) -> AlarmCount:
    """Count the alarms that the actor may see, up to MAX_COUNTED_ALARMS, and name the first of them."""
    page = integrity_schedule.alarms(actor.workspace, limit=MAX_COUNTED_ALARMS, start=None)
    found = [record.id for record in _alarming(page.items, actor)]
    return AlarmCount(alarms=len(found), more=page.last_key is not None, packages=found[:MAX_NAMED_ALARMS])


def _actor_of(operation: Operation) -> Actor:
    """Return the actor of the sweep: the user who asked for it, with the tenants of that moment."""
    tenants = frozenset(operation.context["tenants"])
    return lifecycle.initiator(operation).model_copy(update={"tenants": tenants})


def _alarming(rows: Iterable[Item], actor: Actor) -> list[PackageRecord]:
    """Return the present records of index rows that are alarms and that the actor may see."""
    keys = [Key(row.pk, STATE) for row in rows]
    states = queries.batch_get(keys)
    records = [to_record(states[key]) for key in keys if key in states]
    return [record for record in records if _is_kept(record, actor) and is_alarming(record.integrity)]


def _alarm(record: PackageRecord) -> Alarm:
    return Alarm(
        package_id=record.id,
        integrity=record.integrity,
        verdicts=record.verdicts,
        last_verified_at=record.last_verified_at,
    )


def _is_kept(record: PackageRecord, actor: Actor) -> bool:
    return record.status is Status.FINALIZED and actor.entitled(record.tenant)


def _plan(body: SweepRequest, budget: int, actor: Actor) -> SweepPlan:
    planned: list[PlannedPackage] = []
    total, more = 0, False
    for place in integrity_schedule.turns(actor.workspace, None if body.include_recent else clock.now()):
        record = place.record
        if not _is_kept(record, actor):
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
    """Check the packages that are due, longest due first; yield the findings of checks that did not end."""
    until = None if working.operation.context["include_recent"] else clock.now()
    for place in integrity_schedule.turns(working.operation.workspace, until):
        if place.record.id in done or not _is_kept(place.record, working.actor):
            continue
        progress = Progress(done=len(done), unit="packages")
        working.report(progress)
        if found := _check(place, working, progress):
            yield found
        if working.budget.stopped:
            return
        done.add(place.record.id)


def _check(place: Place, working: Sweep, progress: Progress) -> Checked | None:
    """Check one package, or go on with its check; return the finding when the check did not end."""
    operation = working.operation
    snapshot = files.find_with_files(operation.workspace, place.record.id)
    check_id = place.check_id or _begin(place, operation.id)
    if snapshot is None or check_id is None:
        return None  # another sweep has just checked it, or somebody has deleted it
    check = Check(check_id, operation.id)
    pages = verifications.examine(
        snapshot,
        check,
        report=lambda _: working.report(progress),  # renew the lease while bytes are read
        may_go_on=working.budget.take,
    )
    found = _finding(snapshot, pages, check)
    if sum(len(page.verdicts) for page in pages) < len(snapshot.entries):
        return found if found.verdicts and _is_still_kept(place, working.actor) else None
    locks.recheck(snapshot, actor=working.actor, report=lambda _: working.report(progress))
    kept = store.new_checked(operation.workspace, operation.id, found, now=clock.now())
    result = result_of(all_verdicts(pages))
    verifications.conclude(place.record.id, check.id, result, actor=working.actor, kept=kept)
    return None


def _begin(place: Place, check_id: str) -> str | None:
    """Note that the check `check_id` begins, and return the check to work on.

    That is another check when another sweep began one meanwhile; None when that one has ended.
    """
    try:
        with transact() as transaction:
            transaction.save(integrity_schedule.begin(place, check_id))
    except Stale:
        return integrity_schedule.check_under_way(place)
    return check_id


def _is_still_kept(place: Place, actor: Actor) -> bool:
    """Return whether the package is still kept: if it was deleted meanwhile, missing bytes do not count."""
    state = queries.get(Key(place.item.pk, STATE))
    return state is not None and _is_kept(to_record(state), actor)


def _finding(snapshot: PackageSnapshot, pages: list[KeptPage], check: Check) -> Checked:
    """Return the finding of this sweep, without the verdicts of earlier sweeps."""
    record = snapshot.record
    own = all_verdicts([page for page in pages if page.found_by == check.operation_id])
    counts = Tally(verdict.verdict for verdict in own)
    size = sum(bytes_to_read(snapshot.entries[verdict.path]) for verdict in own)
    return Checked(package_id=record.id, tenant=record.tenant, verdicts=dict(counts), bytes=size)
