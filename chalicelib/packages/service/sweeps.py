"""Retention sweeps: queue them, plan their steps, do them (docs/concepts/retention.md).

A schedule reads an index on the date and queues one operation for each workspace that has something due.
The worker plans and then acts, package by package. A step notes once that a package may be deleted, sets
locks that are not confirmed, or finishes a disposal that a crash cut short. Where the workspace turned
`auto_delete` on, a step deletes a package that was eligible for longer than the grace. A sweep never
reads a package that is not due, so its cost follows from what expired and not from what is kept.

A sweep ends at a number of packages, or when its time is short; the next one goes on. A package that
fails does not stop the others: the operation's failures name it, and a later sweep tries again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import HoldfastError
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, retry_when_stale
from chalicelib.operations.models.claim import Report
from chalicelib.operations.service import lifecycle, operations, reconciliation
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.service.lifecycle import OperationRequest
from chalicelib.packages.models.sweep import decide, result_of
from chalicelib.packages.service import disposals, locks, retention
from chalicelib.packages.store import retention as dated
from chalicelib.packages.store import sweeps as store
from chalicelib.retention import service as workspace_retention
from holdfast.api.codes import UNAVAILABLE
from holdfast.api.operations import (
    Failure,
    Operation,
    OperationType,
    Progress,
    Result,
    Subject,
)
from holdfast.api.policy import POLICIES
from holdfast.api.retention import LockState, RetentionPolicy
from holdfast.api.sweeps import SWEEP_LIMIT, RetentionPlan, RetentionSweepQueued, Step, SweepRetention, Verb

EXPIRED_PAGE = 100
EXPIRED_PAGES = 20
TIME_S = POLICIES[OperationType.RETENTION_SWEEP].expected_max_runtime - 60


class Sweep(NamedTuple):
    """The things that one attempt of a sweep works with."""

    actor: Actor
    policy: RetentionPolicy
    report: Report


class Planned(NamedTuple):
    """The steps to do, the number of packages that were inspected, and whether there may be more steps."""

    steps: list[Step]
    inspected: int
    more: bool


def ask(body: SweepRetention, *, actor: Actor) -> RetentionPlan | RetentionSweepQueued:
    """Queue a sweep of the actor's workspace; with `dry_run`, return its plan instead."""
    if body.dry_run:
        planned = _plan(_policy(actor), actor, limit=body.limit)
        return RetentionPlan(inspected=planned.inspected, more=planned.more, steps=planned.steps)
    context = {"limit": body.limit, "tenants": sorted(actor.tenants)}
    return RetentionSweepQueued(operation_id=_queue(context, actor=actor).id)


def queue_due() -> int:
    """Queue a sweep for each workspace that has something due, and note that this ran; return how many.

    It is safe to run twice: a workspace has at most one active sweep.
    """
    now = clock.now()
    workspaces = sorted(store.workspaces(now) | set(_with_expired(now)))
    for workspace in workspaces:
        _queue({"limit": SWEEP_LIMIT}, actor=lifecycle.system(workspace))
    reconciliation.note_sweep(OperationType.RETENTION_SWEEP, {"workspaces": len(workspaces)})
    return len(workspaces)


def sweep(operation: Operation, *, report: Report) -> Result:
    """Do the steps that are due in the operation's workspace, and return the result of the sweep."""
    if operation.subject.kind == "package":  # queued before the deletion of a package had a type of its own
        return disposals.finish_for(operation, report=report)
    acting = _actor_of(operation)
    working = Sweep(acting, _policy(acting), report)
    return _sweep(working, limit=int(operation.context["limit"]))


def perform(claim: Claim) -> Result:
    """Do the sweep of a claimed operation, and note its result."""
    done = sweep(claim.operation, report=claim.checkpoint)
    reconciliation.note_run(claim.operation, done, complete=not done.failures)
    return done


def truth(operation: Operation) -> Result | None:
    """Return the result of a run that was queued to finish a disposal, once that is complete; else None."""
    return disposals.truth(operation) if operation.subject.kind == "package" else None


def _actor_of(operation: Operation) -> Actor:
    """Return the actor of the sweep: the user who asked for it, with the tenants of that moment."""
    acting = lifecycle.initiator(operation)
    tenants = operation.context.get("tenants")
    return acting if tenants is None else acting.model_copy(update={"tenants": frozenset(tenants)})


def _policy(actor: Actor) -> RetentionPolicy:
    return workspace_retention.policy(actor=actor)


def _with_expired(now: datetime) -> Iterator[str]:
    """Yield the workspaces with `auto_delete` on that have a package past the grace."""
    start = None
    while True:
        found, start = workspace_retention.deleting(after=start)
        for workspace, grace_days in found:
            if store.has_expired(workspace, clock.shifted(now, -grace_days * 86_400)):
                yield workspace
        if start is None:
            return


@retry_when_stale
def _queue(context: dict[str, object], *, actor: Actor) -> Operation:
    subject = Subject(kind="workspace", id=actor.workspace)
    request = OperationRequest(OperationType.RETENTION_SWEEP, subject, context)
    return operations.submit(request, actor=actor)


def _sweep(working: Sweep, *, limit: int) -> Result:
    """Plan and act until no step is left, the limit is reached, or the time is short."""
    began, seen, done, failures = clock.now(), set[str](), list[Verb](), list[Failure]()
    inspected = 0
    while len(done) + len(failures) < limit:
        planned = _plan(working.policy, working.actor, limit=limit - len(done) - len(failures))
        fresh = [step for step in planned.steps if f"{step.package_id} {step.step}" not in seen]
        inspected += planned.inspected
        if not fresh:
            break
        for step in fresh:
            if (clock.now() - began).total_seconds() > TIME_S:
                return result_of(done, failures, inspected=inspected)
            seen.add(f"{step.package_id} {step.step}")
            working.report(Progress(done=len(done) + len(failures), unit="packages"))
            outcome = _perform(step, working)
            done += [outcome] if isinstance(outcome, Verb) else []
            failures += [outcome] if isinstance(outcome, Failure) else []
    return result_of(done, failures, inspected=inspected)


def _plan(policy: RetentionPolicy, actor: Actor, *, limit: int) -> Planned:
    """Return the steps that are due in the actor's workspace, one for each package; change nothing."""
    now = clock.now()
    steps: dict[str, Step] = {}
    inspected = set[str]()
    for rows in _rows(policy, actor, now, limit=limit):
        visible = [record for record in dated.records(rows) if actor.entitled(record.tenant)]
        inspected |= {record.id for record in visible}
        found = [decide(record, retention.decide(record, policy), now) for record in visible]
        steps |= {step.package_id: step for step in found if step}
        if len(steps) >= limit:
            return Planned(list(steps.values())[:limit], len(inspected), more=True)
    return Planned(list(steps.values()), len(inspected), more=False)


def _rows(policy: RetentionPolicy, actor: Actor, now: datetime, *, limit: int) -> Iterator[list[Item]]:
    """Yield pages of index rows: packages with work that is due, then packages past the policy's grace."""
    yield store.due(actor.workspace, now, limit=limit)
    if not policy.auto_delete:
        return
    by, start = clock.shifted(now, -policy.grace_days * 86_400), None
    for _ in range(EXPIRED_PAGES):
        page = dated.expired(actor.workspace, by, limit=EXPIRED_PAGE, start=start)
        yield page.items
        start = page.last_key
        if start is None:
            return


def _perform(step: Step, working: Sweep) -> Verb | Failure | None:
    """Do one step; return its verb, or a failure, which stops no other step.

    Returns None when the step is not needed any more, because the package or the policy was changed.
    """
    try:
        return _act(step, working)
    except HoldfastError as error:
        return Failure(code=error.code, message=f"{step.package_id}: {error.message}")
    except Stale:
        return Failure(code=UNAVAILABLE, message=f"{step.package_id}: too many writers at once.")


def _act(step: Step, working: Sweep) -> Verb | Failure | None:
    actor, package_id, report = working.actor, step.package_id, working.report
    if step.step is Verb.MIRROR:
        return _mirror(package_id, working)
    if step.step is Verb.FINISH:
        disposals.finish(package_id, actor=actor, report=report)
    elif step.step is Verb.NOTE:
        retention.mark_eligible(package_id, working.policy, actor=actor)
    elif disposals.delete_expired(package_id, working.policy, actor=actor, report=report) is None:
        return None
    return step.step


def _mirror(package_id: str, working: Sweep) -> Verb | Failure:
    lock = locks.mirror(package_id, actor=working.actor, report=working.report).lock
    if lock is None or lock.state is LockState.CONFIRMED:
        return Verb.MIRROR
    return Failure(code=f"LOCKS_{lock.state.upper()}", message=f"{package_id}: {lock.detail}")
