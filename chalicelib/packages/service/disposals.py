"""Delete the bytes of a package, and prove that they are gone (docs/concepts/retention.md).

One transaction *orders* a disposal. It sets the status `deleted` and writes the *tombstone*, the audit
event with the manifest digest, authority, policy, approver and reason. It is conditional on the package
as the decision read it. So a hold that comes at the same time is either part of the decision or refused.
Then a grant that names the tombstone removes every version of every object except the manifest. The
*absence check* asks for every key again, and a second event has its result.

A crash in between leaves a `deleted` package with an open disposal. The same request, or the next sweep,
goes on. The record, the pages of its files, the manifest and the chain stay permanently. Only a finalized
package is ever deleted: the lifecycle has no other move to `deleted`.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from chalicelib.auth.models import Actor
from chalicelib.core import canonical, clock
from chalicelib.core.errors import Conflict, HoldfastError, Unavailable
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.operations.models.claim import Report
from chalicelib.operations.service import lifecycle, operations
from chalicelib.operations.service.claims import Claim
from chalicelib.packages.models.disposal import ATTEMPT_GRACE_S, RETRY_S, Absence, DisposalOrder
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.service import packages, retention
from chalicelib.packages.store import integrity_schedule
from chalicelib.packages.store import packages as packages_store
from chalicelib.packages.store.packages import PackageSnapshot
from chalicelib.retention import service as workspace_retention
from chalicelib.storage.protocol import Grant
from chalicelib.storage.service import storage
from holdfast.api.codes import DISPOSAL_INCOMPLETE, NOT_ELIGIBLE
from holdfast.api.disposals import MAX_INLINE_DISPOSAL_FILES, Authority, Delete, DisposalQueued
from holdfast.api.operations import Counter, Operation, OperationType, Outcome, Progress, Result
from holdfast.api.packages import Disposal, Package, Status
from holdfast.api.retention import Explanation, RetentionPolicy

AT_ONCE = 16
MAX_REPORTED_OBJECTS = 100


def delete(package_id: str, body: Delete, *, actor: Actor) -> Package | DisposalQueued:
    """Remove the bytes of an eligible package permanently; return `DisposalQueued` when a worker does it.

    On a deleted package it goes on where the disposal stopped, or changes nothing. Raises `Conflict`
    (NOT_ELIGIBLE) when the package must be kept; nothing is changed. Raises `Unavailable` when the store
    fails: the package is deleted, and the next sweep removes the rest.
    """
    order = DisposalOrder(Authority.REQUEST, body.reason)
    snapshot = _order(package_id, order, actor=actor, policy=None)
    record = snapshot.record
    if record.disposal and record.disposal.completed_at is None:
        if record.file_count > MAX_INLINE_DISPOSAL_FILES:
            return _queue(record, actor=actor)
        record = finish(package_id, actor=actor, report=_silent)
    return snapshot.package_as(record)


def delete_expired(
    package_id: str, policy: RetentionPolicy, *, actor: Actor, report: Report
) -> PackageRecord | None:
    """Remove the bytes of a package whose grace by `policy` is over.

    Returns None when the package must stay now, or when the workspace's policy is no longer `policy`.
    """
    days = "1 day" if policy.grace_days == 1 else f"{policy.grace_days} days"
    order = DisposalOrder(Authority.AUTO_DELETE, f"Eligible for more than {days}.")
    try:
        _order(package_id, order, actor=actor, policy=policy)
    except (_NotDue, workspace_retention.PolicyChanged):
        return None
    return finish(package_id, actor=actor, report=report)


def finish(package_id: str, *, actor: Actor, report: Report) -> PackageRecord:
    """Remove the rest of an ordered disposal, check the absence and note it; once noted, change nothing.

    Raises `Unavailable` when the store does not answer, or when an object is still there. The failure is
    noted as well, and a later sweep goes on.
    """
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    disposal = record.disposal
    if disposal is None or disposal.completed_at:
        return record
    keys = _keys(record, snapshot)
    try:
        found = _remove(keys, disposal, report)
        if found.present:
            raise _incomplete(found)
    except HoldfastError as error:
        _note_failure(package_id, error, actor=actor)
        raise
    return _note_absence(package_id, keys, found, actor=actor)


def perform(claim: Claim) -> Result:
    """Finish the disposal that a claimed operation is for."""
    return finish_for(claim.operation, report=claim.checkpoint)


def finish_for(operation: Operation, *, report: Report) -> Result:
    """Finish the disposal that `operation` is for, and return the result of the operation."""
    actor = lifecycle.initiator(operation)
    return _result(finish(operation.subject.id, actor=actor, report=report))


def truth(operation: Operation) -> Result | None:
    """Return the result of a run from the package: succeeded once its disposal is complete, else None."""
    record = packages.load(operation.subject.id, actor=lifecycle.initiator(operation)).record
    done = record.disposal is not None and record.disposal.completed_at is not None
    return _result(record) if done else None


def _result(record: PackageRecord) -> Result:
    counts = {Counter.DISPOSED: 1, Counter.FILES: record.file_count, Counter.BYTES: record.total_bytes}
    return Result(outcome=Outcome.SUCCEEDED, summary_counts=counts)


class _NotDue(Exception):
    """The policy does not delete the package now."""


@retry_when_stale
def _order(
    package_id: str, order: DisposalOrder, *, actor: Actor, policy: RetentionPolicy | None
) -> PackageSnapshot:
    """Order the disposal of a package that may be deleted now; a deleted package stays as it is."""
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    if record.status is Status.DELETED:
        return snapshot
    held_by = policy or workspace_retention.policy(actor=actor)
    why = retention.decide(record, held_by, snapshot=snapshot)
    _require(why, automatic=policy is not None)
    with transact() as transaction:
        if policy:
            workspace_retention.demand(transaction, actor.workspace, policy)
        deleted = _mark_deleted(transaction, snapshot.state, record, order=order, why=why, actor=actor)
    return snapshot._replace(record=deleted)


def _require(why: Explanation, *, automatic: bool) -> None:
    if automatic and not why.auto_delete.due:
        raise _NotDue
    if not why.eligible:
        unmet = [rule.model_dump(mode="json") for rule in why.rules if not rule.met]
        raise Conflict(NOT_ELIGIBLE, " ".join(["It is kept.", *why.reasons]), rules=unmet)


def _mark_deleted(
    transaction: Transaction,
    state: Item,
    record: PackageRecord,
    *,
    order: DisposalOrder,
    why: Explanation,
    actor: Actor,
) -> PackageRecord:
    """Add the tombstone, the retention event and the state `deleted` to `transaction`."""
    if record.eligible_at is None:
        retention.note_eligible(transaction, state, record, why=why, actor=actor)
    tombstone = _tombstone(record, order, why, actor)
    packages.append_event(
        transaction, state, record, action=Action.DISPOSAL_ORDERED, actor=actor, payload=tombstone
    )
    now = clock.now()
    disposal = Disposal(
        tombstone=state.audit_head,
        authority=order.authority,
        ordered_by=actor.user_id,
        ordered_at=now,
        reason=order.reason,
        next_attempt_at=clock.shifted(now, ATTEMPT_GRACE_S),
    )
    changes = {"status": Status.DELETED, "disposal": disposal, "eligible_at": record.eligible_at or now}
    deleted = record.model_copy(update=changes)
    payload = {"reason": order.reason, "before": record.status, "after": deleted.status}
    integrity_schedule.leave(transaction, record)
    packages.save(transaction, state, deleted, action=Action.DELETED, actor=actor, payload=payload)
    return deleted


def _tombstone(record: PackageRecord, order: DisposalOrder, why: Explanation, actor: Actor) -> dict[str, Any]:
    explained = why.model_dump(mode="json", include={"rules", "auto_delete", "decided_at"})
    kept = record.model_dump(mode="json", include={"manifest_digest", "file_count", "total_bytes"})
    return {
        **kept,
        "authority": order.authority,
        "approver": actor.user_id,
        "reason": order.reason,
        "policy": {"retention_class": record.retention_class, **explained},
    }


@retry_when_stale
def _queue(record: PackageRecord, *, actor: Actor) -> DisposalQueued:
    # not in the transaction of the order: after a crash in between, a sweep finds the disposal by its date
    request = packages.request_on(record, OperationType.PACKAGE_DELETE, {})
    operation = operations.submit(request, actor=actor)
    return DisposalQueued(operation_id=operation.id, package_id=record.id)


def _silent(progress: Progress) -> None:
    """Report nothing: inside a request nobody waits for progress."""


def _keys(record: PackageRecord, snapshot: PackageSnapshot) -> list[str]:
    """Return every key below the package's prefix and of its files, except that of the manifest."""
    listed = {found.key for found in storage().list(packages_store.object_prefix(record))}
    own = {packages_store.object_key(record, entry) for entry in snapshot.entries.values()}
    return sorted((listed | own) - {packages_store.manifest_key(record)})


def _remove(keys: list[str], disposal: Disposal, report: Report) -> Absence:
    """Remove every version of `keys`, then check that each key is absent."""
    versions, present = 0, []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for done, removed in enumerate(pool.map(partial(_dispose, disposal), keys), start=1):
            versions += removed
            report(Progress(done=done, total=len(keys), unit="objects"))
        for key, gone in zip(keys, pool.map(storage().absent, keys), strict=True):
            report(Progress(done=len(keys), total=len(keys), unit="objects"))
            present += [] if gone else [key]
    return Absence(len(keys), versions, present)


def _dispose(disposal: Disposal, key: str) -> int:
    grant = Grant(key=key, tombstone=disposal.tombstone, authority=disposal.authority, reason=disposal.reason)
    return storage().dispose(grant).versions


def _incomplete(found: Absence) -> Unavailable:
    names = [key.rpartition("/")[2] for key in found.present[:MAX_REPORTED_OBJECTS]]
    verb = "is" if len(found.present) == 1 else "are"
    total = f"{found.objects} object{'' if found.objects == 1 else 's'}"
    message = f"{len(found.present)} of {total} {verb} still there; the next sweep goes on."
    return Unavailable(DISPOSAL_INCOMPLETE, message, objects=names)


@retry_when_stale
def _note_absence(package_id: str, keys: list[str], found: Absence, *, actor: Actor) -> PackageRecord:
    snapshot = packages.load(package_id, actor=actor)
    record, disposal = snapshot.record, snapshot.record.disposal
    if disposal is None or disposal.completed_at:
        return record
    changes = {"objects": found.objects, "completed_at": clock.now(), "next_attempt_at": None}
    done = record.model_copy(update={"disposal": disposal.model_copy(update=changes)})
    payload = {
        "tombstone": disposal.tombstone,
        "checked": found.objects,
        "absent": found.objects,
        "versions_removed": found.versions,
        "keys_digest": canonical.digest(keys),
    }
    with transact() as transaction:
        packages.save(transaction, snapshot.state, done, action=Action.DISPOSED, actor=actor, payload=payload)
    return done


@retry_when_stale
def _note_failure(package_id: str, error: HoldfastError, *, actor: Actor) -> None:
    snapshot = packages.load(package_id, actor=actor)
    record, disposal = snapshot.record, snapshot.record.disposal
    if disposal is None or disposal.completed_at:
        return
    again = clock.shifted(clock.now(), RETRY_S)
    waiting = record.model_copy(update={"disposal": disposal.model_copy(update={"next_attempt_at": again})})
    payload = {"tombstone": disposal.tombstone, "code": error.code, "reason": error.message}
    with transact() as transaction:
        packages.save(
            transaction, snapshot.state, waiting, action=Action.DISPOSAL_FAILED, actor=actor, payload=payload
        )
