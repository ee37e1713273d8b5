"""The verbs of the retention sweep: queue what is due, plan, perform.

The retention sweep, and the worker of the queue that all sweeps share (docs/concepts/retention.md).

A schedule looks at what is due, by an index on the date, and queues one operation a workspace that has
something. The operation's worker plans and then performs, package by package: note that a package may go
(once), set locks that are not confirmed, end a disposal that a crash cut short, and, where the workspace
turned `auto_delete` on, delete what has been eligible for longer than the grace. What is not due is
never read, so a sweep costs what expired and not what is kept.

It is bounded by a number of packages and by its worker's time; what is left is the next one's. A package
that fails fails alone: it is told in the operation's failures, and looked at again later.
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
    """What one attempt of a sweep works with."""

    actor: Actor
    policy: RetentionPolicy
    report: Report


class Planned(NamedTuple):
    """What there is to do, how many packages that was found in, and whether there may be more."""

    steps: list[Step]
    inspected: int
    more: bool


def ask(body: SweepRetention, *, actor: Actor) -> RetentionPlan | RetentionSweepQueued:
    """Queue a sweep of the actor's workspace, or with `dry_run` tell what one would do."""
    if body.dry_run:
        planned = _plan(_policy(actor), actor, limit=body.limit)
        return RetentionPlan(inspected=planned.inspected, more=planned.more, steps=planned.steps)
    context = {"limit": body.limit, "tenants": sorted(actor.tenants)}
    return RetentionSweepQueued(operation_id=_queue(context, actor=actor).id)


def queue_due() -> int:
    """Queue a sweep for each workspace that has something due, and note that it ran; how many.

    Safe to run twice: while a sweep of a workspace is active, that is the one.
    """
    now = clock.now()
    workspaces = sorted(store.workspaces(now) | set(_with_expired(now)))
    for workspace in workspaces:
        _queue({"limit": SWEEP_LIMIT}, actor=lifecycle.system(workspace))
    reconciliation.note_sweep(OperationType.RETENTION_SWEEP, {"workspaces": len(workspaces)})
    return len(workspaces)


def sweep(operation: Operation, *, report: Report) -> Result:
    """See to what is due in the workspace of the operation."""
    if operation.subject.kind == "package":  # queued before the deletion of a package had a type of its own
        return disposals.finish_for(operation, report=report)
    acting = _acting(operation)
    working = Sweep(acting, _policy(acting), report)
    return _sweep(working, limit=int(operation.context["limit"]))


def perform(claim: Claim) -> Result:
    """Do the work of a claimed sweep, and note what the run came to."""
    done = sweep(claim.operation, report=claim.checkpoint)
    reconciliation.note_run(claim.operation, done, complete=not done.failures)
    return done


def truth(operation: Operation) -> Result | None:
    """Return what the package says of a sweep that was to end its disposal; None while it says nothing."""
    return disposals.truth(operation) if operation.subject.kind == "package" else None


def _acting(operation: Operation) -> Actor:
    """Who the sweep acts as: whoever asked for it, with no more sight than then."""
    acting = lifecycle.initiator(operation)
    tenants = operation.context.get("tenants")
    return acting if tenants is None else acting.model_copy(update={"tenants": frozenset(tenants)})


def _policy(actor: Actor) -> RetentionPolicy:
    return workspace_retention.policy(actor=actor)


def _with_expired(now: datetime) -> Iterator[str]:
    """The workspaces whose own policy deletes, and that have something past its grace."""
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
    """Plan and perform until nothing is left, the limit is reached, or the time is short."""
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
            came_to = _perform(step, working)
            done += [came_to] if isinstance(came_to, Verb) else []
            failures += [came_to] if isinstance(came_to, Failure) else []
    return result_of(done, failures, inspected=inspected)


def _plan(policy: RetentionPolicy, actor: Actor, *, limit: int) -> Planned:
    """What there is to do in the actor's workspace, each package once; reads, and changes nothing."""
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
    """Index rows that may be the sweep's: what is due, then what is past the policy's grace, page by page."""
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
    """Do one step: what was done, or what went wrong with this package, which fails no other.

    None when there was nothing to do any more, because somebody changed the package or the policy.
    """
    try:
        return _act(step, working)
    except HoldfastError as error:
        return Failure(code=error.code, message=f"{step.package_id}: {error.message}")
    except Stale:
        return Failure(code=UNAVAILABLE, message=f"{step.package_id}: too many writers at once")


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
