"""The reconciler and the failure bridge, which end runs that did not end by themselves.

The reconciler plans first and acts after. The plan is pure, so a dry run is the plan alone. Both are
safe to repeat. Neither touches a run inside its window. Every write is conditional on the record that
was read, and every end has a reason and evidence. See docs/concepts/operations.md.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from chalicelib import wiring
from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.log import logger
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.models.reconciliation import (
    BRIDGE,
    SOURCE,
    Step,
    Verb,
    as_closed,
    as_redispatched,
    decide,
    failure_of,
    is_given_up,
)
from chalicelib.operations.service import lifecycle
from chalicelib.operations.store import operations as store
from chalicelib.operations.store import reconciliation as evidence_store
from holdfast.api import moments
from holdfast.api.operations import Operation, Outcome, Reason, Result
from holdfast.api.reconciliation import Change, Reconcile, Sweep

SWEEP_LIMIT = 500
SWEEP = "operations.reconcile"
EVERY_WORKSPACE = evidence_store.SYSTEM_WORKSPACE


def sweep() -> Sweep:
    """Reconcile the overdue runs of every workspace, and note that this sweep ran."""
    done = reconcile(Reconcile(limit=SWEEP_LIMIT), actor=None)
    note_sweep(SWEEP, done.model_dump(mode="json", exclude={"changes"}))
    return done


def reconcile(body: Reconcile, *, actor: Actor | None) -> Sweep:
    """End overdue runs or queue them again: those that `actor` may see, or all when `actor` is None.

    It looks at no more than `body.limit` runs; the next sweep goes on. `body.dry_run` changes nothing.
    """
    now = clock.now()
    found = _overdue(body, actor, now)
    changes = [change for item in found if (change := _reconcile_one(item, now, dry_run=body.dry_run))]
    redispatches = sum(change.change == Verb.REDISPATCH for change in changes)
    return Sweep(
        dry_run=body.dry_run,
        inspected=len(found),
        reconciled=len(changes) - redispatches,
        redispatched=redispatches,
        skipped=len(found) - len(changes),
        changes=changes,
    )


@retry_when_stale
def bridge(body: str, *, queue: str) -> None:
    """End the run whose message no worker of `queue` could process.

    A message that belongs to no run is quarantined: kept byte for byte, with an event.
    """
    try:
        message = Message.model_validate_json(body)
    except ValidationError:
        _quarantine(body, queue=queue, why="poison")
        return
    item = store.find(message.workspace, message.operation_id)
    if item is None:
        _quarantine(body, queue=queue, why="unknown_run")
        return
    operation, now = store.to_operation(item), clock.now()
    if not is_given_up(operation, message, now):
        return
    why = "never_started" if operation.attempt == 0 else "exhausted"
    evidence = {"queue": queue, "dead_letter": why, "attempts": operation.attempt}
    _close(item, operation, Reason.QUEUE_FAILURE, source=BRIDGE, evidence=evidence, at=now)


def note_sweep(name: str, did: dict[str, Any], *, workspace: str = EVERY_WORKSPACE) -> None:
    """Note that the sweep `name` ran now, over every workspace or over one, with its counts in `did`."""
    beat = evidence_store.heartbeat(name, workspace=workspace)
    beat.data = {"ran_at": moments.rfc3339(clock.now()), **did}
    with suppress(Stale), transact() as transaction:
        transaction.save(beat)


def note_run(operation: Operation, result: Result, *, complete: bool) -> None:
    """Note the result of a sweep over one workspace; `complete` says whether it did all of its work."""
    counts = {counter.value: count for counter, count in result.summary_counts.items()}
    did = {"operation_id": operation.id, "outcome": result.outcome, "complete": complete, "counts": counts}
    note_sweep(operation.type, did, workspace=operation.workspace)


def last_sweep(name: str = SWEEP, *, workspace: str = EVERY_WORKSPACE) -> dict[str, Any] | None:
    """Return the last note of the sweep `name`, with `ran_at`; None when it never ran."""
    data = evidence_store.heartbeat(name, workspace=workspace).data
    return dict(data) if data else None


def _overdue(body: Reconcile, actor: Actor | None, now: datetime) -> list[Item]:
    workspace = actor.workspace if actor else None
    where = store.overdue_facets(sorted({kind.value for kind in body.types}), workspace)
    visible = actor.entitled if actor else _every_tenant
    found: list[Item] = []
    for turn in range(store.SHARDS):
        left = body.limit - len(found)
        if left > 0:
            # another shard is first each minute: runs that cannot be ended must not hide other shards
            shard = (now.minute + turn) % store.SHARDS
            found += store.overdue(shard, now, limit=left, where=where, visible=visible)
    return [item for item in found if visible(store.tenant(item))]


def _every_tenant(_: str | None) -> bool:
    return True


def _reconcile_one(item: Item, now: datetime, *, dry_run: bool) -> Change | None:
    """Reconcile one run; return the change, or None when there was none or when it failed."""
    try:
        return _step(item, now, dry_run=dry_run)
    except Exception:
        # boundary: one run that fails, whatever the reason, fails no other; the next sweep is its retry
        logger().exception("run not reconciled", extra={"item": item.pk})
        return None


def _step(item: Item, now: datetime, *, dry_run: bool) -> Change | None:
    operation = store.to_operation(item)
    related = _find_truth(operation)
    step = decide(operation, now, related=related)
    if step is None:
        return None
    if not dry_run:
        _act(item, operation, step, related, now)
    return Change(
        operation_id=operation.id,
        type=operation.type,
        change=step.verb,
        reason_code=step.reason,
        evidence=step.evidence,
    )


def _find_truth(operation: Operation) -> Result | None:
    """Return the result in the record that the run works on; None while it has none, or when it is gone."""
    path = wiring.TRUTHS[operation.type]
    try:
        found: Result | None = wiring.part(path)(operation) if path else None
    except NotFound:
        return None
    return found


def _act(item: Item, operation: Operation, step: Step, related: Result | None, now: datetime) -> None:
    if step.reason is None:
        _redispatch(item, operation, now, evidence=step.evidence)
    else:
        _close(item, operation, step.reason, source=SOURCE, evidence=step.evidence, at=now, result=related)


def _redispatch(item: Item, operation: Operation, now: datetime, *, evidence: dict[str, Any]) -> None:
    again = as_redispatched(operation, now)
    with transact() as transaction:
        outbox = lifecycle.requeue(transaction, again)
        actor = lifecycle.system(operation.workspace)
        # the record has a new lease and deadline from now on: only the event keeps the old ones
        lifecycle.save(
            transaction, item, again, action=Action.REDISPATCHED, actor=actor, payload={"evidence": evidence}
        )
    lifecycle.send(outbox)


def _close(
    item: Item,
    operation: Operation,
    reason: Reason,
    *,
    source: str,
    evidence: dict[str, Any],
    at: datetime,
    result: Result | None = None,
) -> None:
    ended = result or Result(outcome=Outcome.FAILED, failures=[failure_of(reason)])
    done = as_closed(operation, reason, source=source, evidence=evidence, result=ended, at=at)
    lifecycle.end(item, done, action=Action.RECONCILED, actor=lifecycle.system(operation.workspace))


def _quarantine(body: str, *, queue: str, why: str) -> None:
    item = evidence_store.new_quarantined(body, queue=queue, why=why, at=clock.now())
    actor = lifecycle.system(evidence_store.SYSTEM_WORKSPACE)
    payload = {name: item.data[name] for name in ("queue", "why", "digest")}
    with suppress(Stale), transact() as transaction:  # Stale: the same message is kept already
        audit.record(
            transaction,
            item,
            aggregate=f"quarantine_{item.data['digest']}",
            action=Action.QUARANTINED,
            actor=actor,
            payload=payload,
        )
        transaction.save(item)
