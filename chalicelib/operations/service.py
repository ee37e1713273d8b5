"""The verbs of an operation's life: queue, send, claim, complete, read."""

from typing import Any

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor, Kind
from chalicelib.core import aws, clock, ids
from chalicelib.core.errors import HoldfastError, not_found
from chalicelib.core.log import logger
from chalicelib.core.settings import settings
from chalicelib.core.table import Item
from chalicelib.core.transaction import Stale, Transaction, transact
from chalicelib.operations import store
from chalicelib.operations.models import (
    LEASE_S,
    OUTBOX_GRACE_S,
    QUEUES,
    Action,
    Message,
    Operation,
    OperationFailure,
    OperationStatus,
    OperationSubject,
    OperationType,
    Outcome,
    claimable,
    overdue,
)

SYSTEM = "system"
DISPATCH_LIMIT = 100


def queue(
    transaction: Transaction,
    kind: OperationType,
    subject: OperationSubject,
    *,
    actor: Actor,
    tenant: str | None = None,
    context: dict[str, Any] | None = None,
) -> Operation:
    """Add a queued operation and its unsent message to `transaction`; call `send` after it commits."""
    now = clock.now()
    operation = Operation(
        id=ids.new("op"),
        workspace=actor.workspace,
        tenant=tenant,
        type=kind,
        status=OperationStatus.QUEUED,
        outcome=Outcome.PENDING,
        initiator=actor.user_id,
        subject=subject,
        context=context or {},
        created_at=now,
    )
    state = store.new_state(operation)
    _record(transaction, state, operation, Action.QUEUED, actor)
    transaction.save(state)
    transaction.save(store.new_outbox(operation, clock.shifted(now, OUTBOX_GRACE_S)))
    return operation


def send(operation: Operation) -> None:
    """Put the message on its queue and forget the outbox item. A failure is left to the dispatcher."""
    outbox = store.find_outbox(operation)
    if outbox:
        _send(outbox)


def resend(operation: Operation) -> None:
    """Send the message of an overdue run again, should it be lost; one delivery too many is a no-op."""
    if overdue(operation, clock.now()):
        _post(operation.type, Message(workspace=operation.workspace, operation_id=operation.id))


def dispatch() -> int:
    """Send what should have been sent by now; how many messages that were. Safe to run twice."""
    unsent = store.unsent(clock.now(), limit=DISPATCH_LIMIT)
    return sum(_send(item) for item in unsent)


def get(operation_id: str, *, actor: Actor) -> Operation:
    """The operation, if it is the actor's to see; `NotFound` otherwise."""
    item = store.find(actor.workspace, operation_id)
    operation = store.to_operation(item) if item else None
    if operation is None or not actor.entitled(operation.tenant):
        raise not_found()
    return operation


def claim(message: Message) -> Operation | None:
    """Start the run for this delivery: a new fence and lease. None when it is not this delivery's to run.

    Raises `NotFound` for a message whose operation does not exist.
    """
    item = store.find(message.workspace, message.operation_id)
    if item is None:
        raise not_found()
    operation, now = store.to_operation(item), clock.now()
    if not claimable(operation, now):
        return None
    running = operation.model_copy(
        update={
            "status": OperationStatus.RUNNING,
            "started_at": operation.started_at or now,
            "attempt": operation.attempt + 1,
            "fence": operation.fence + 1,
            "lease_until": clock.shifted(now, LEASE_S),
        }
    )
    return running if _move(item, running, Action.STARTED) else None


def complete(operation: Operation, *, failure: HoldfastError | None = None) -> Operation | None:
    """End the run that `operation` is the claim of. None when another claim has it, or it has ended."""
    item = store.find(operation.workspace, operation.id)
    current = store.to_operation(item) if item else None
    if item is None or current is None or not current.active or current.fence != operation.fence:
        return None
    failures = [OperationFailure(code=failure.code, message=failure.message)] if failure else []
    ended = current.model_copy(
        update={
            "status": OperationStatus.COMPLETED,
            "outcome": Outcome.FAILED if failure else Outcome.SUCCEEDED,
            "failures": failures,
            "completed_at": clock.now(),
            "lease_until": None,
        }
    )
    return ended if _move(item, ended, Action.COMPLETED) else None


def release(operation: Operation) -> None:
    """Give the claim back, so that the next delivery of the message may run it at once."""
    item = store.find(operation.workspace, operation.id)
    current = store.to_operation(item) if item else None
    if item and current and current.active and current.fence == operation.fence:
        queued = {"status": OperationStatus.QUEUED, "lease_until": None}
        _move(item, current.model_copy(update=queued), Action.RELEASED)


def initiator(operation: Operation) -> Actor:
    """The actor in whose name a worker acts: whoever asked for the work, with every tenant's sight."""
    return Actor(
        user_id=operation.initiator or SYSTEM,
        kind=Kind.MACHINE if operation.initiator is None else Kind.PERSON,
        workspace=operation.workspace,
        tenants=frozenset({"*"}),
    )


def _move(item: Item, operation: Operation, action: Action) -> bool:
    item.data = operation.model_dump(mode="json")
    try:
        with transact() as transaction:
            _record(transaction, item, operation, action, initiator(operation))
            transaction.save(item)
    except Stale:
        return False
    return True


def _record(transaction: Transaction, item: Item, operation: Operation, action: Action, actor: Actor) -> None:
    payload = {"status": operation.status, "outcome": operation.outcome, "fence": operation.fence}
    audit.record(transaction, item, aggregate=operation.id, action=action, actor=actor, payload=payload)


def _send(outbox: Item) -> int:
    if not _post(OperationType(outbox.data["queue_type"]), Message.model_validate(outbox.data["message"])):
        return 0
    try:
        with transact() as transaction:
            transaction.delete(outbox)
    except Stale:
        pass  # somebody sent it too; a second delivery is a no-op
    return 1


def _post(kind: OperationType, message: Message) -> bool:
    from botocore.exceptions import BotoCoreError, ClientError

    url = settings().queue_url_prefix + QUEUES[kind]
    try:
        aws.sqs().send_message(QueueUrl=url, MessageBody=message.model_dump_json())
    except (BotoCoreError, ClientError):
        logger().exception("message not sent; it is tried again", extra={"queue": QUEUES[kind]})
        return False
    return True
