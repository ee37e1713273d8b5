"""The moves of a run: queue, send, end; every write of `status` and `outcome` goes through here.

The life of one run, from the transaction that causes it to its one end.

A worker *claims* with a conditional write and gets a fence and a lease; it renews from its own
work loop, never from a thread of its own, so a renewal proves progress. Whoever comes second, late
or with an old fence changes nothing: a delivery of a run that is claimed or over is a no-op, and a
result of a run that was closed meanwhile is kept as a late result.
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
    """What is to be done: a type of work on a subject, in a context.

    Equal orders are one identity, unless the subject is work of its own and made for this run alone:
    then `identified` is false, and `id` may say what the run's id shall be.
    """

    type: OperationType
    subject: Subject
    context: dict[str, Any]
    tenant: str | None = None
    identified: bool = True
    id: str | None = None

    @property
    def identity_hash(self) -> str | None:
        """The identity of the work: its type and subject; a second run of it waits for the first."""
        if not self.identified:
            return None
        named = canonical.encode([self.type, self.subject.kind, self.subject.id])
        return hashlib.sha256(named).hexdigest()


class Queued(NamedTuple):
    """A queued operation and its unsent message; `send` it after the transaction."""

    operation: Operation
    outbox: Item


def queue(transaction: Transaction, order: OperationRequest, *, actor: Actor) -> Queued:
    """Add a queued operation and its unsent message to `transaction`; `send` them after it commits.

    Four items, or three for an order without identity. The commit raises `AlreadyActive` while another
    run of the same identity is: answer with `join`.
    """
    operation = _new_operation(order, actor)
    state = store.new_state(operation)
    asked = {"subject": order.subject.model_dump(), "context": order.context}
    append_event(transaction, state, operation, action=Action.QUEUED, actor=actor, payload=asked)
    outbox = _outbox(operation, state)
    transaction.save(state)
    transaction.save(outbox)
    if order.identity_hash:
        transaction.save(store.new_identity(operation, order.identity_hash), on_conflict=AlreadyActive())
    return Queued(operation, outbox)


def join(order: OperationRequest, *, actor: Actor) -> Operation:
    """The active run of the order's identity; `Stale` when it has ended meanwhile, so decide again.

    One that no worker has taken for a minute, though its message went, gets one more message: to ask
    again revives work whose message was lost, and where it was only slow a second one is a no-op.
    """
    claimed = store.find_identity(actor.workspace, order.identity_hash) if order.identity_hash else None
    item = store.find(actor.workspace, str(claimed.data)) if claimed else None
    operation = store.to_operation(item) if item else None
    if item is None or operation is None or not operation.active:
        raise Stale
    return _resend(item, operation, actor=actor) if _seems_lost(operation) else operation


def requeue(transaction: Transaction, operation: Operation, *, on_conflict: Exception | None = None) -> Item:
    """Add another message for an active run to `transaction`; `send` it after the commit.

    The commit raises `on_conflict` while a message of this attempt waits in the outbox.
    """
    message = Message(workspace=operation.workspace, operation_id=operation.id, attempt=operation.attempt)
    due = clock.shifted(clock.now(), OUTBOX_GRACE_S)
    outbox = store.new_outbox(operation, message, queue=POLICIES[operation.type].queue, due=due)
    transaction.save(outbox, on_conflict=on_conflict)
    return outbox


def send(outbox: Item) -> int:
    """Put the message on its queue; 1 when it went. What fails or is killed here, the dispatcher sends."""
    from botocore.exceptions import BotoCoreError, ClientError

    name = outbox.data["queue"]
    body = Message.model_validate(outbox.data["message"]).model_dump_json()
    try:
        aws.sqs().send_message(QueueUrl=settings().queue_url_prefix + name, MessageBody=body)
    except (BotoCoreError, ClientError):
        logger().exception("message not sent; the dispatcher will", extra={"queue": name})
        return 0
    with suppress(Stale, Unavailable), transact() as transaction:
        transaction.delete(outbox)  # not deleted, it is sent again: a second delivery is a no-op
    return 1


def dispatch() -> int:
    """Send what should have been sent by now; how many messages that were. Safe to run twice."""
    now = clock.now()
    unsent = store.unsent(now, limit=DISPATCH_LIMIT)
    refused = [item for item in unsent if not send(item)]
    for item in refused:
        _postpone(item, now)
    return len(unsent) - len(refused)


def as_cancelled(operation: Operation, by: str) -> Operation:
    """The run, ended because `by` asked for it."""
    failure = Failure(code=CANCELLED, message=f"Cancelled by {by}.")
    return operation.as_completed(Result(outcome=Outcome.FAILED, failures=[failure]), at=clock.now())


def end(item: Item, operation: Operation, *, action: Action, actor: Actor) -> Operation:
    """Save the end of a run in one transaction: state, event, one notice, and its identity set free.

    The record that the run works on ends in the same transaction (wiring.ENDS_WITH), so no such record
    outlives its run, whoever ends that.
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
    """Add a move of the run to `transaction`, with its event, which has `payload` beside the move."""
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
    """Add the event of a move to `transaction`; it says what the move changed, and `payload` besides."""
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
    """The service itself, when nobody asked."""
    return Actor(user_id=SYSTEM, kind=Kind.MACHINE, workspace=workspace, tenants=frozenset({"*"}))


def initiator(operation: Operation) -> Actor:
    """The actor in whose name a worker acts: whoever asked for the work, with every tenant's sight."""
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
    """Let what a queue refuses wait behind what others take, so that it never holds those up."""
    store.postpone(outbox, clock.shifted(now, OUTBOX_GRACE_S))
    with suppress(Stale, Unavailable), transact() as transaction:
        transaction.save(outbox)


def _new_operation(order: OperationRequest, actor: Actor) -> Operation:
    now = clock.now()
    return Operation(
        id=order.id or ids.new("op"),
        workspace=actor.workspace,
        tenant=order.tenant,
        type=order.type,
        status=OperationStatus.QUEUED,
        outcome=Outcome.PENDING,
        initiator=None if actor.user_id == SYSTEM else actor.user_id,
        identity_hash=order.identity_hash,
        subject=order.subject,
        context=order.context,
        deadline_at=queued_deadline(order.type, now),
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
