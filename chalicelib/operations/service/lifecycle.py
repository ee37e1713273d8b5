"""The life of one run: queue it, send its message, end it.

Every write of `status` and `outcome` goes through this module. A worker *claims* a run with a
conditional write and gets a fence and a lease. It renews the lease from its own work loop, never
from a separate thread, so a renewal proves progress. A second delivery of a run that is claimed or
has ended changes nothing. A result that arrives after the run was closed is kept as a late result.
"""

import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib import wiring
from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.core import aws, canonical, clock, ids
from chalicelib.core.errors import Unavailable
from chalicelib.core.log import logger
from chalicelib.core.settings import settings
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, Transaction, transact
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.models.status import queued_deadline
from chalicelib.operations.service import notifications
from chalicelib.operations.store import operations as store
from holdfast.api.auth import Kind
from holdfast.api.operations import (
    CANCELLED,
    Failure,
    Operation,
    OperationStatus,
    OperationType,
    Outcome,
    Result,
    Subject,
)
from holdfast.api.policy import POLICIES

OUTBOX_GRACE_S = 30
LOST_AFTER_S = 60
DISPATCH_LIMIT = 100
SYSTEM = "system"


class AlreadyActive(Exception):
    """Another run of the same identity is active."""


class StillUnsent(Exception):
    """The run's message waits in the outbox."""


class OperationRequest(NamedTuple):
    """A request for work: a type of work, a subject, and the context that the worker needs.

    Requests of one type for one subject have one identity, and at most one active run. `identified` is
    false when the subject is made for this run alone; then `id` may give the id of the run.
    """

    type: OperationType
    subject: Subject
    context: dict[str, Any]
    tenant: str | None = None
    identified: bool = True
    id: str | None = None

    @property
    def identity_hash(self) -> str | None:
        """The SHA-256 (hex) of type and subject; None when the request has no identity."""
        if not self.identified:
            return None
        named = canonical.encode([self.type, self.subject.kind, self.subject.id])
        return hashlib.sha256(named).hexdigest()


class Queued(NamedTuple):
    """A queued operation and its unsent message, which `send` sends after the transaction."""

    operation: Operation
    outbox: Item


def queue(transaction: Transaction, request: OperationRequest, *, actor: Actor) -> Queued:
    """Add a queued operation and its unsent message to `transaction`; `send` the message after the commit.

    This adds four items, or three for a request without identity. The commit raises `AlreadyActive`
    while another run of the same identity is active; the caller then calls `join`.
    """
    operation = _new_operation(request, actor)
    state = store.new_state(operation)
    payload = {"subject": request.subject.model_dump(), "context": request.context}
    append_event(transaction, state, operation, action=Action.QUEUED, actor=actor, payload=payload)
    outbox = _outbox(operation, state)
    transaction.save(state)
    transaction.save(outbox)
    if request.identity_hash:
        transaction.save(store.new_identity(operation, request.identity_hash), on_conflict=AlreadyActive())
    return Queued(operation, outbox)


def join(request: OperationRequest, *, actor: Actor) -> Operation:
    """Return the active run of the request's identity; raise `Stale` when that run has ended meanwhile.

    A run that no worker has claimed for a minute gets one more message, once.
    """
    # the first message may be lost; if it was only slow, a second delivery changes nothing
    identity = store.find_identity(actor.workspace, request.identity_hash) if request.identity_hash else None
    item = store.find(actor.workspace, str(identity.data)) if identity else None
    operation = store.to_operation(item) if item else None
    if item is None or operation is None or not operation.active:
        raise Stale
    return _resend(item, operation, actor=actor) if _seems_lost(operation) else operation


def requeue(transaction: Transaction, operation: Operation, *, on_conflict: Exception | None = None) -> Item:
    """Add another message for an active run to `transaction`, and return its outbox item for `send`.

    The commit raises `on_conflict` while a message of this attempt waits in the outbox.
    """
    message = Message(workspace=operation.workspace, operation_id=operation.id, attempt=operation.attempt)
    due = clock.shifted(clock.now(), OUTBOX_GRACE_S)
    outbox = store.new_outbox(operation, message, queue=POLICIES[operation.type].queue, due=due)
    transaction.save(outbox, on_conflict=on_conflict)
    return outbox


def send(outbox: Item) -> int:
    """Send the message to its queue; return 1 when it went, 0 when it did not.

    The dispatcher sends a message that did not go, and one that a crash left here.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    name = outbox.data["queue"]
    body = Message.model_validate(outbox.data["message"]).model_dump_json()
    try:
        aws.sqs().send_message(QueueUrl=settings().queue_url_prefix + name, MessageBody=body)
    except (BotoCoreError, ClientError):
        logger().exception("message not sent; the dispatcher will", extra={"queue": name})
        return 0
    with suppress(Stale, Unavailable), transact() as transaction:
        transaction.delete(outbox)  # if it stays, it is sent again: a second delivery changes nothing
    return 1


def dispatch() -> int:
    """Send the messages that are overdue; return how many went. It is safe to run twice."""
    now = clock.now()
    unsent = store.unsent(now, limit=DISPATCH_LIMIT)
    refused = [item for item in unsent if not send(item)]
    for item in refused:
        _postpone(item, now)
    return len(unsent) - len(refused)


def as_cancelled(operation: Operation, by: str) -> Operation:
    """Return the run as completed with the failure CANCELLED, because `by` asked for it."""
    failure = Failure(code=CANCELLED, message=f"Cancelled by {by}.")
    return operation.as_completed(Result(outcome=Outcome.FAILED, failures=[failure]), at=clock.now())


def end(item: Item, operation: Operation, *, action: Action, actor: Actor) -> Operation:
    """Save the end of a run in one transaction: its state, its event and its notice, and free its identity.

    The record that the run works on ends in the same transaction (wiring.ENDS_WITH). So that record
    never outlives its run, whether a worker, a user or the reconciler ends the run.
    """
    related = wiring.ENDS_WITH[operation.type]
    with transact() as transaction:
        extra = wiring.part(related)(transaction, operation) if related else {}
        save(transaction, item, operation, action=action, actor=actor, payload=extra)
        if operation.identity_hash:
            key = store.identity_key(operation.workspace, operation.identity_hash)
            transaction.delete_if(key, Item.data == operation.id)
        notifications.notify(transaction, operation)
    return operation


def save(
    transaction: Transaction,
    item: Item,
    operation: Operation,
    *,
    action: Action,
    actor: Actor,
    payload: dict[str, Any] | None = None,
) -> None:
    """Add the changed run and its event to `transaction`; `payload` is added to the event's own."""
    append_event(transaction, item, operation, action=action, actor=actor, payload=payload)
    store.fill(item, operation)
    transaction.save(item)


def append_event(
    transaction: Transaction,
    item: Item,
    operation: Operation,
    *,
    action: Action,
    actor: Actor,
    payload: dict[str, Any] | None = None,
) -> None:
    """Add the event of a changed run to `transaction`: the changed members, and `payload`."""
    changes = operation.model_dump(
        mode="json",
        include={
            "status",
            "outcome",
            "attempt",
            "fence",
            "summary_counts",
            "failures",
            "reconciliation",
            "late_result",
        },
        exclude_none=True,
    )
    changes |= payload or {}
    audit.record(transaction, item, aggregate=operation.id, action=action, actor=actor, payload=changes)


def system(workspace: str) -> Actor:
    """Return the actor for work that no user asked for: the service itself, with every tenant."""
    return Actor(user_id=SYSTEM, kind=Kind.MACHINE, workspace=workspace, tenants=frozenset({"*"}))


def initiator(operation: Operation) -> Actor:
    """Return the actor that a worker acts as: the user who asked for the work, with every tenant."""
    acting = system(operation.workspace)
    return acting.model_copy(update={"user_id": operation.initiator}) if operation.initiator else acting


def _seems_lost(operation: Operation) -> bool:
    waited = (clock.now() - operation.created_at).total_seconds()
    never_taken = operation.status is OperationStatus.QUEUED and operation.redispatched_attempt is None
    return never_taken and waited >= LOST_AFTER_S


def _resend(item: Item, operation: Operation, *, actor: Actor) -> Operation:
    now = clock.now()
    again = operation.model_copy(
        update={
            "redispatched_attempt": operation.attempt,
            "deadline_at": queued_deadline(operation.type, now),
        }
    )
    try:
        with transact() as transaction:
            outbox = requeue(transaction, again, on_conflict=StillUnsent())
            save(transaction, item, again, action=Action.REDISPATCHED, actor=actor)
    except StillUnsent:
        return operation
    send(outbox)
    return again


def _postpone(outbox: Item, now: datetime) -> None:
    """Move a message that its queue refused behind the others, so that it never delays them."""
    store.postpone(outbox, clock.shifted(now, OUTBOX_GRACE_S))
    with suppress(Stale, Unavailable), transact() as transaction:
        transaction.save(outbox)


def _new_operation(request: OperationRequest, actor: Actor) -> Operation:
    now = clock.now()
    return Operation(
        id=request.id or ids.new("op"),
        workspace=actor.workspace,
        tenant=request.tenant,
        type=request.type,
        status=OperationStatus.QUEUED,
        outcome=Outcome.PENDING,
        initiator=None if actor.user_id == SYSTEM else actor.user_id,
        identity_hash=request.identity_hash,
        subject=request.subject,
        context=request.context,
        deadline_at=queued_deadline(request.type, now),
        created_at=now,
    )


def _outbox(operation: Operation, state: Item) -> Item:
    message = Message(
        workspace=operation.workspace,
        operation_id=operation.id,
        version=1,
        audit_head=state.audit_head,
        operation=operation,
    )
    due = clock.shifted(operation.created_at, OUTBOX_GRACE_S)
    return store.new_outbox(operation, message, queue=POLICIES[operation.type].queue, due=due)
