"""Create, show and list packages, mark one as failed, and show its events."""

from collections.abc import Iterable
from typing import Any

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.conventions import service as conventions
from chalicelib.core import canonical, clock, ids
from chalicelib.core.errors import Invalid, InvalidState, not_found
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, Transaction, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.operations.service import operations
from chalicelib.operations.service.lifecycle import OperationRequest
from chalicelib.packages.models.package import Action, PackageRecord, follows, to_package_event
from chalicelib.packages.store import files
from chalicelib.packages.store import packages as store
from chalicelib.packages.store.packages import PackageSnapshot
from chalicelib.retention import service as retention
from holdfast.api import moments
from holdfast.api.codes import IDEMPOTENCY_KEY_REUSED, INVALID_STATE
from holdfast.api.operations import Operation, OperationType, Subject
from holdfast.api.packages import (
    Create,
    EventQuery,
    Fail,
    Failure,
    Package,
    PackageEventPage,
    PackagePage,
    PackageQuery,
    Queued,
    Status,
)


@retry_when_stale
def create(body: Create, *, actor: Actor, idempotency_key: str | None = None) -> Package:
    """Create a package with the status `created`; the same key of the same user makes only one.

    Raises `NotFound` for a tenant that the actor does not have. Raises `Invalid` for a key that made
    another package (IDEMPOTENCY_KEY_REUSED), and for an unknown convention (UNKNOWN_CONVENTION).
    """
    package = _new_package(body, actor)
    record = PackageRecord.model_validate(package.model_dump(exclude={"metadata"}))
    state = store.new_state(record)
    try:
        with transact() as transaction:
            if idempotency_key:
                transaction.save(store.new_claim(package, idempotency_key, body_digest=_digest(body)))
            if package.convention:
                conventions.refer(transaction, package.convention, package.id, workspace=actor.workspace)
            transaction.save(store.new_metadata(package))
            payload = _create_payload(body)
            append_event(transaction, state, record, action=Action.CREATED, actor=actor, payload=payload)
            payload = {
                "before": None,
                "after": moments.optional_rfc3339(package.expires_at),
                "reason": body.retention_class,
            }
            record = record.model_copy(update={"promised_by": next_event(state, record)})
            save(transaction, state, record, action=Action.RETENTION_DEFAULTED, actor=actor, payload=payload)
    except Stale:
        return _find_earlier(body, idempotency_key, actor)
    return package


def get(package_id: str, *, actor: Actor) -> Package:
    """Return the package; raise `NotFound` when the actor may not see it."""
    return load(package_id, actor=actor).package


def load(package_id: str, *, actor: Actor) -> PackageSnapshot:
    """Return the package without its files; raise `NotFound` when the actor may not see it."""
    return _require_visible(store.find(actor.workspace, package_id), actor)


def load_with_files(package_id: str, *, actor: Actor) -> PackageSnapshot:
    """Return the package with all of its files; raise `NotFound` when the actor may not see it."""
    return _require_visible(files.find_with_files(actor.workspace, package_id), actor)


def load_with_index(package_id: str, *, actor: Actor) -> PackageSnapshot:
    """Return the package with the index of its paths; raise `NotFound` when the actor may not see it."""
    return _require_visible(files.find_with_index(actor.workspace, package_id), actor)


def _require_visible(found: PackageSnapshot | None, actor: Actor) -> PackageSnapshot:
    if found is None or not actor.entitled(found.record.tenant):
        raise not_found()
    return found


def submit(
    snapshot: PackageSnapshot, kind: OperationType, context: dict[str, Any], action: Action, *, actor: Actor
) -> Queued:
    """Queue work on the package with its event of `action`, or join the active run of the same work.

    Raises `Stale` when another writer was first: the caller reads the package again.
    """

    def stage(transaction: Transaction, operation: Operation) -> None:
        payload = {"operation_id": operation.id}
        save(transaction, snapshot.state, snapshot.record, action=action, actor=actor, payload=payload)

    operation = operations.submit(request_on(snapshot.record, kind, context), actor=actor, stage=stage)
    return Queued(operation_id=operation.id, package_id=snapshot.record.id)


def request_on(record: PackageRecord, kind: OperationType, context: dict[str, Any]) -> OperationRequest:
    """Return the request for work of `kind` on a package, which has at most one active run of that kind."""
    return OperationRequest(kind, Subject(kind="package", id=record.id), context, record.tenant)


def find_all(package_ids: Iterable[str], *, actor: Actor) -> dict[str, PackageRecord]:
    """Return those of the packages that the actor may see, by id; one read for each 100 of them."""
    found = store.find_all(actor.workspace, package_ids)
    return {record.id: record for record in found if actor.entitled(record.tenant)}


def search(query: PackageQuery, *, actor: Actor) -> PackagePage:
    """Return one page of packages, newest first, without packages of other tenants."""
    described = ["packages", actor.workspace, query.model_dump(mode="json", exclude={"cursor", "limit"})]
    after = cursors.decode(query.cursor, query=described)
    found, position = store.newest(actor.workspace, query, after=store.Position(*after) if after else None)
    visible = [package for package in found if actor.entitled(package.tenant)]
    next_cursor = cursors.encode(list(position), query=described) if position else None
    return PackagePage(items=visible, next_cursor=next_cursor)


@retry_when_stale
def fail(package_id: str, body: Fail, *, actor: Actor) -> Package:
    """Mark the package as failed, with the reason; change nothing when it is failed already.

    Raises `InvalidState` for a package that was finalized.
    """
    snapshot = load(package_id, actor=actor)
    if snapshot.record.status is Status.FAILED:
        return snapshot.package
    require(snapshot.record, Status.FAILED)
    failure = Failure(reason=body.reason, failed_by=actor.user_id, failed_at=clock.now())
    failed = snapshot.record.model_copy(update={"status": Status.FAILED, "failure": failure})
    with transact() as transaction:
        payload = {"reason": body.reason, "before": snapshot.record.status, "after": failed.status}
        save(transaction, snapshot.state, failed, action=Action.FAILED, actor=actor, payload=payload)
    return snapshot.package_as(failed)


def events(package_id: str, query: EventQuery, *, actor: Actor) -> PackageEventPage:
    """Return one page of the package's events, oldest first."""
    load(package_id, actor=actor)
    partition = store.pk(actor.workspace, package_id)
    page = audit.history(partition, limit=query.limit, cursor=query.cursor)
    items = [to_package_event(event) for event in page.items]
    return PackageEventPage(items=items, next_cursor=page.next_cursor)


def require(record: PackageRecord, after: Status) -> None:
    """Raise `InvalidState` when the lifecycle does not allow the move to the status `after`."""
    if not follows(record.status, after):
        message = f"The package is {record.status}; it cannot become {after}."
        raise InvalidState(INVALID_STATE, message, status=record.status, wanted=after)


def save(
    transaction: Transaction,
    state: Item,
    record: PackageRecord,
    *,
    action: Action,
    actor: Actor,
    payload: dict[str, Any],
) -> None:
    """Add an event to `transaction`, and the package's state with `record` and the new head of its chain."""
    append_event(transaction, state, record, action=action, actor=actor, payload=payload)
    store.fill(state, record)
    transaction.save(state)


def append_event(
    transaction: Transaction,
    state: Item,
    record: PackageRecord,
    *,
    action: Action,
    actor: Actor,
    payload: dict[str, Any],
) -> None:
    """Add an event, without the state, to `transaction`; a later `save` must add the state."""
    audit.record(transaction, state, aggregate=record.id, action=action, actor=actor, payload=payload)


def next_event(state: Item, record: PackageRecord) -> str:
    """Return the id that the next event of the package's chain will have."""
    return f"{record.id}:{int(state.audit_seq or 0) + 1}"


def _new_package(body: Create, actor: Actor) -> Package:
    tenant = body.subject.tenant if body.subject else None
    if not actor.entitled(tenant):
        raise not_found()
    now = clock.now()
    return Package(
        **{name: getattr(body, name) for name in Create.model_fields},
        id=ids.new("pkg"),
        workspace=actor.workspace,
        status=Status.CREATED,
        expires_at=retention.recent(actor.workspace).expires_at(body.retention_class, now),
        holds=[],
        file_count=0,
        total_bytes=0,
        manifest_digest=None,
        created_by=actor.user_id,
        created_at=now,
        finalized_at=None,
        failure=None,
    )


def _create_payload(body: Create) -> dict[str, Any]:
    described = body.model_dump(mode="json", exclude={"metadata"})
    return {**described, "metadata_digest": canonical.digest(body.metadata)}


def _find_earlier(body: Create, idempotency_key: str | None, actor: Actor) -> Package:
    claim = store.find_claim(actor.workspace, actor.user_id, idempotency_key) if idempotency_key else None
    if claim is None:
        raise Stale
    if claim.ends <= clock.now():
        _forget(claim)
        raise Stale
    if claim.body_digest != _digest(body):
        raise Invalid(
            IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key made another package; use a new key for another request.",
        )
    return get(claim.package_id, actor=actor)


def _forget(claim: store.Claim) -> None:
    # DynamoDB may take days to remove an item after its time
    with transact() as transaction:
        transaction.delete(claim.item)


def _digest(body: Create) -> str:
    return canonical.digest(body.model_dump(mode="json"))
