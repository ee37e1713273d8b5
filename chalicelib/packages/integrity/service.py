"""The verbs of the rotation: plan or queue a sweep, do it, show the alarms."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.core import clock, cursors, table
from chalicelib.core.settings import settings
from chalicelib.core.table import Key
from chalicelib.core.transaction import Stale, transact
from chalicelib.operations.models import Operation, OperationType, Progress, Result, Subject
from chalicelib.operations.runs import service as runs
from chalicelib.packages.files import store as files
from chalicelib.packages.integrity import store
from chalicelib.packages.integrity.models import (
    MAX_PLANNED_PACKAGES,
    AlarmPage,
    AlarmQuery,
    Budget,
    Checked,
    PlannedPackage,
    SweepPlan,
    SweepQueued,
    SweepRequest,
    Verdict,
    sweep_result,
)
from chalicelib.packages.manifests.service import Report
from chalicelib.packages.models import PackageRecord, Status
from chalicelib.packages.store import STATE, to_record
from chalicelib.packages.verifications import service as verifications
from chalicelib.packages.verifications.models import FileVerdict, result_of


class Sweep(NamedTuple):
    """What a sweep's attempt works with."""

    operation: Operation
    actor: Actor
    budget: Budget
    report: Report


def ask(body: SweepRequest, *, actor: Actor) -> SweepPlan | SweepQueued:
    """Queue a sweep of the workspace, or with `dry_run` show what one would set out to check."""
    budget = settings().integrity_sweep_bytes if body.budget_bytes is None else body.budget_bytes
    if body.dry_run:
        return _plan(body, budget, actor)
    context = {"budget_bytes": budget, "include_recent": body.include_recent}
    return SweepQueued(operation_id=_queue(context, actor).id)


def queue_due() -> int:
    """Queue a sweep for each workspace that has something due; how many workspaces. Safe to run twice."""
    workspaces = sorted({place.workspace for place in store.due(clock.now(), workspace=None)})
    context = {"budget_bytes": settings().integrity_sweep_bytes, "include_recent": False}
    for workspace in workspaces:
        _queue(context, runs.system(workspace))
    return len(workspaces)


def sweep(operation: Operation, *, report: Report, remaining: Callable[[], float]) -> Result:
    """Check what is due in the operation's workspace until its budget is spent; the result over all of it.

    Done again after a worker died, it goes on: what was found before is kept, package by package.
    """
    budget = Budget(int(operation.context["budget_bytes"]), remaining)
    working = Sweep(operation, runs.initiator(operation), budget, report)
    unfinished = [found for found in _check_all(working) if not found.complete]
    finished = store.checked(operation.workspace, operation.id)
    return sweep_result([*finished, *unfinished], out_of_time=budget.out_of_time)


def alarms(query: AlarmQuery, *, actor: Actor) -> AlarmPage:
    """One page of the packages whose bytes are not, or may not be, what was sealed; what one may see."""
    described = ["integrity-alarms", actor.workspace]
    start = cursors.unseal(query.cursor, query=described)
    page = store.alarms(actor.workspace, limit=query.limit, start=start)
    keys = [Key(row.pk, STATE) for row in page.items]
    states = table.batch_get(keys)
    records = [to_record(states[key]) for key in keys if key in states]
    items = [store.to_alarm(record) for record in records if actor.entitled(record.tenant)]
    next_cursor = cursors.seal(page.last_key, query=described) if page.last_key else None
    return AlarmPage(items=items, next_cursor=next_cursor)


def _plan(body: SweepRequest, budget: int, actor: Actor) -> SweepPlan:
    places = store.due(None if body.include_recent else clock.now(), workspace=actor.workspace)
    states = table.batch_get(Key(place.item.pk, STATE) for place in places)
    planned: list[PlannedPackage] = []
    total = 0
    for place in places[:MAX_PLANNED_PACKAGES]:
        record = to_record(states[Key(place.item.pk, STATE)])
        if not actor.entitled(record.tenant) or record.status is not Status.FINALIZED:
            continue
        if planned and total + record.total_bytes > budget:
            break
        total += record.total_bytes
        planned.append(_planned(record, place))
    return SweepPlan(budget_bytes=budget, total_bytes=total, packages=planned)


def _planned(record: PackageRecord, place: store.Place) -> PlannedPackage:
    return PlannedPackage.model_validate(
        {
            "package_id": record.id,
            "total_bytes": record.total_bytes,
            "last_verified_at": record.last_verified_at,
            "due_at": place.due_at,
        }
    )


def _queue(context: Mapping[str, Any], actor: Actor) -> Operation:
    """Queue a sweep of the actor's workspace; the active one, while there is one."""
    order = runs.Order(
        OperationType.INTEGRITY_SWEEP, Subject(kind="workspace", id=actor.workspace), dict(context)
    )
    try:
        with transact() as transaction:
            queued = runs.queue(transaction, order, actor=actor)
    except runs.AlreadyActive:
        return runs.active(order, actor=actor)
    runs.send(queued.outbox)
    return queued.operation


def _check_all(working: Sweep) -> Iterator[Checked]:
    """Check place after place, longest unchecked first, each once in this attempt."""
    seen: set[str] = set()
    while places := [place for place in _due(working) if place.package_id not in seen]:
        for place in places:
            if working.budget.spent or working.budget.out_of_time:
                return
            working.report(Progress(done=len(seen), unit="packages"))
            seen.add(place.package_id)
            if found := _check(place, working):
                yield found


def _due(working: Sweep) -> list[store.Place]:
    until = None if working.operation.context["include_recent"] else clock.now()
    return store.due(until, workspace=working.operation.workspace)


def _check(place: store.Place, working: Sweep) -> Checked | None:
    """Check one package, or go on with it; None for one that is not kept any more."""
    contents = files.read_contents(place.workspace, place.package_id)
    record = to_record(contents.state) if contents else None
    check_id = place.check_id or working.operation.id
    try:
        if contents is None or record is None or record.status is not Status.FINALIZED:
            with transact() as transaction:
                transaction.delete(place.item)
            return None
        if place.check_id is None:
            with transact() as transaction:
                transaction.save(store.begin(place, check_id))
    except Stale:
        return None  # somebody else checks it, or has just done so
    verdicts = verifications.examine(
        contents, record, check_id, report=_heartbeat(working), may_go_on=working.budget.take
    )
    found = _found(record, verdicts, contents)
    if found.complete:
        kept = store.new_checked(place.workspace, working.operation.id, found)
        result = result_of(verdicts)
        verifications.conclude(record.id, check_id, result, actor=working.actor, kept=kept)
    return found


def _heartbeat(working: Sweep) -> Report:
    """Renew the run's lease while bytes move, without counting files for packages."""
    progress = working.operation.progress
    return lambda _: working.report(progress)


def _found(record: PackageRecord, verdicts: list[FileVerdict], contents: files.Contents) -> Checked:
    counts = Tally(verdict.verdict for verdict in verdicts)
    counts[Verdict.NOT_CHECKED] += len(contents.entries) - len(verdicts)
    size = sum(contents.entries[verdict.path].size for verdict in verdicts)
    complete = len(verdicts) == len(contents.entries)
    return Checked(package_id=record.id, complete=complete, verdicts=dict(counts), bytes=size)
