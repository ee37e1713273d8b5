"""Extend the promise of a package, hold it, explain it, list eligible packages (docs/concepts/retention.md).

A promise is a class and a date; it never becomes shorter. A *hold* has a name, and a package may have
several holds. A deleted package takes neither, because its bytes are ordered to go. Every change has its
retention event. With Object Lock on, a change goes to the objects after the table has it.

An index on the date finds the packages that may go, and their records confirm it. The explanation comes
from the same function that decides for sweeps and deletions.
"""

from typing import Any

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid, InvalidState, NotFound
from chalicelib.dynamodb.items import Item, Page, RawKey
from chalicelib.dynamodb.paging import fill_page
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.models.retention import Shortened, as_extended, facts, to_eligible
from chalicelib.packages.service import locks, packages
from chalicelib.packages.store import retention as store
from chalicelib.packages.store.packages import PackageSnapshot
from chalicelib.retention import service as workspace_retention
from chalicelib.retention.models.eligibility import explain
from holdfast.api import codes, moments
from holdfast.api.codes import HOLD_EXISTS, HOLD_NOT_FOUND, RETENTION_SHORTENED, TOO_MANY_HOLDS
from holdfast.api.packages import Package, Status
from holdfast.api.retention import (
    MAX_HOLDS,
    ApplyHold,
    Decision,
    EligiblePackage,
    EligiblePage,
    EligibleQuery,
    Explanation,
    Extend,
    Hold,
    ReleaseHold,
    RetentionPolicy,
)


def extend(package_id: str, body: Extend, *, actor: Actor) -> Package:
    """Extend the promise of the package; change nothing when it has that promise already.

    Raises `Conflict` (RETENTION_SHORTENED) for a shorter promise, and `InvalidState` for a deleted package.
    """
    return _mirror(_extend(package_id, body, actor=actor), actor=actor)


def apply_hold(package_id: str, body: ApplyHold, *, actor: Actor) -> Package:
    """Put a hold on the package, which keeps it until the hold is released, whatever its date.

    Raises `Conflict` (HOLD_EXISTS), `Invalid` (TOO_MANY_HOLDS), `InvalidState` for a deleted package.
    """
    return _mirror(_apply(package_id, body, actor=actor), actor=actor)


def release_hold(package_id: str, name: str, body: ReleaseHold, *, actor: Actor) -> Package:
    """Release one hold of the package; other holds stay. Raises `NotFound` (HOLD_NOT_FOUND)."""
    return _mirror(_release(package_id, name, body, actor=actor), actor=actor)


def explain_retention(package_id: str, *, actor: Actor) -> Explanation:
    """Return whether the package may be deleted now, with the rules, dates, holds and events behind it.

    With Object Lock on, the store's locks are read for the answer.
    """
    snapshot = packages.load_with_files(package_id, actor=actor)
    record = snapshot.record
    policy = workspace_retention.policy(actor=actor)
    return decide(record, policy, snapshot=snapshot)


def decide(
    record: PackageRecord, policy: RetentionPolicy, *, snapshot: PackageSnapshot | None = None
) -> Explanation:
    """Return the decision on a package as it was read; with `snapshot`, the store's locks are read again."""
    lock = locks.read_back(record, snapshot) if snapshot else record.lock
    return explain(facts(record, policy, lock=lock), clock.now())


def eligible(query: EligibleQuery, *, actor: Actor) -> EligiblePage:
    """Return one page of the packages that may be deleted, those with the earliest date first.

    It reads at most three times `query.limit` index rows. A page may hold fewer packages than `limit`
    although there are more: read on while there is a cursor.
    """
    described = ["eligible", actor.workspace]
    start = cursors.decode(query.cursor, query=described)
    policy = workspace_retention.policy(actor=actor)

    def read(limit: int, after: RawKey | None) -> Page:
        return store.expired(actor.workspace, clock.now(), limit=limit, start=after)

    def keep(rows: list[Item]) -> list[EligiblePackage]:
        return _eligible(store.records(rows), policy, actor)

    page = fill_page(read, keep, limit=query.limit, start=start)
    return EligiblePage(items=page.items, next_cursor=cursors.encode(page.last_key, query=described))


@retry_when_stale
def mark_eligible(package_id: str, policy: RetentionPolicy, *, actor: Actor) -> None:
    """Note in the package's chain, once, that it may be deleted; change nothing while it may not."""
    snapshot = packages.load(package_id, actor=actor)
    why = decide(snapshot.record, policy)
    if not why.eligible or snapshot.record.eligible_at:
        return
    marked = snapshot.record.model_copy(update={"eligible_at": clock.now()})
    payload = _eligible_payload(marked, why)
    with transact() as transaction:
        packages.save(
            transaction, snapshot.state, marked, action=Action.ELIGIBLE, actor=actor, payload=payload
        )


def note_eligible(
    transaction: Transaction, state: Item, record: PackageRecord, *, why: Explanation, actor: Actor
) -> None:
    """Add the event that the package may be deleted to `transaction`; the caller saves `eligible_at`."""
    payload = _eligible_payload(record, why)
    packages.append_event(transaction, state, record, action=Action.ELIGIBLE, actor=actor, payload=payload)


def _eligible_payload(record: PackageRecord, why: Explanation) -> dict[str, Any]:
    return {
        "reason": " ".join(rule.detail for rule in why.rules),
        "before": Decision.KEEP,
        "after": why.decision,
        "expires_at": moments.optional_rfc3339(record.expires_at),
    }


def _eligible(records: list[PackageRecord], policy: RetentionPolicy, actor: Actor) -> list[EligiblePackage]:
    explained = [(record, decide(record, policy)) for record in records if actor.entitled(record.tenant)]
    return [to_eligible(record, why) for record, why in explained if why.eligible]


@retry_when_stale
def _extend(package_id: str, body: Extend, *, actor: Actor) -> PackageSnapshot:
    snapshot = _load_undeleted(package_id, actor=actor)
    try:
        after = as_extended(snapshot.record, body, workspace_retention.current(actor.workspace))
    except Shortened:
        promised = moments.optional_rfc3339(snapshot.record.expires_at)
        message = (
            f"The package is promised until {promised or 'for ever'} as {snapshot.record.retention_class};"
            " a promise is only ever extended."
        )
        kind = snapshot.record.retention_class
        raise Conflict(RETENTION_SHORTENED, message, expires_at=promised, retention_class=kind) from None
    if after == snapshot.record:
        return snapshot
    after = after.model_copy(update={"promised_by": packages.next_event(snapshot.state, after)})
    payload = {"before": _promise(snapshot.record), "after": _promise(after), "reason": body.reason}
    return _save(snapshot, after, Action.RETENTION_EXTENDED, actor=actor, payload=payload)


@retry_when_stale
def _apply(package_id: str, body: ApplyHold, *, actor: Actor) -> PackageSnapshot:
    snapshot = _load_undeleted(package_id, actor=actor)
    before = snapshot.record.holds
    if existing := next((hold for hold in before if hold.name == body.name), None):
        message = (
            f"The package has a hold of the name {body.name} since {moments.rfc3339(existing.applied_at)}."
        )
        raise Conflict(HOLD_EXISTS, message, hold=existing.model_dump(mode="json"))
    if len(before) == MAX_HOLDS:
        message = f"A package has at most {MAX_HOLDS} holds at once (MAX_HOLDS)."
        raise Invalid(TOO_MANY_HOLDS, message, limit=MAX_HOLDS)
    hold = Hold(
        name=body.name,
        reason=body.reason,
        applied_by=actor.user_id,
        applied_at=clock.now(),
        event=packages.next_event(snapshot.state, snapshot.record),
    )
    payload = {"hold": body.name, "reason": body.reason}
    return _hold(snapshot, [*before, hold], Action.HOLD_APPLIED, actor=actor, payload=payload)


@retry_when_stale
def _release(package_id: str, name: str, body: ReleaseHold, *, actor: Actor) -> PackageSnapshot:
    snapshot = packages.load(package_id, actor=actor)
    left = [hold for hold in snapshot.record.holds if hold.name != name]
    if len(left) == len(snapshot.record.holds):
        holds = f"its holds are: {', '.join(_names(left))}" if left else "it has no hold"
        message = f"The package has no hold of that name; {holds}."
        raise NotFound(HOLD_NOT_FOUND, message, holds=_names(left))
    released = snapshot._replace(record=snapshot.record.model_copy(update={"released_at": clock.now()}))
    payload = {"hold": name, "reason": body.reason}
    return _hold(released, left, Action.HOLD_RELEASED, actor=actor, payload=payload)


def _load_undeleted(package_id: str, *, actor: Actor) -> PackageSnapshot:
    snapshot = packages.load(package_id, actor=actor)
    if snapshot.record.status is Status.DELETED:
        message = "The package is deleted: its bytes are ordered to go, and no promise brings them back."
        raise InvalidState(codes.INVALID_STATE, message, status=snapshot.record.status)
    return snapshot


def _promise(record: PackageRecord) -> dict[str, Any]:
    ends = moments.optional_rfc3339(record.expires_at)
    return {"retention_class": record.retention_class, "expires_at": ends}


def _hold(
    snapshot: PackageSnapshot, holds: list[Hold], action: Action, *, actor: Actor, payload: dict[str, Any]
) -> PackageSnapshot:
    after = snapshot.record.model_copy(update={"holds": holds})
    names = {"before": _names(snapshot.record.holds), "after": _names(holds)}
    return _save(snapshot, after, action, actor=actor, payload=names | payload)


def _names(holds: list[Hold]) -> list[str]:
    return [hold.name for hold in holds]


def _save(
    snapshot: PackageSnapshot, after: PackageRecord, action: Action, *, actor: Actor, payload: dict[str, Any]
) -> PackageSnapshot:
    requested = locks.with_requested_locks(after)
    with transact() as transaction:
        packages.save(transaction, snapshot.state, requested, action=action, actor=actor, payload=payload)
    return snapshot._replace(record=requested)


def _mirror(snapshot: PackageSnapshot, *, actor: Actor) -> Package:
    record = snapshot.record
    if record.lock and record.lock.next_check_at:
        record = locks.mirror(record.id, actor=actor)
    return snapshot.package_as(record)
