"""Runs at each stage of their life, on whatever table the service is set to."""

from datetime import timedelta
from typing import Any

from chalicelib.audit import service as audit
from chalicelib.core import clock
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import claims, lifecycle
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.store import operations as store
from holdfast.api.audit import Event
from holdfast.api.operations import Operation, OperationType, Outcome, Result, Subject
from tests.support.factories import make_actor

SUCCEEDED = Result(outcome=Outcome.SUCCEEDED)
LONG_AGO = timedelta(hours=1)  # longer than any window
PLENTY_S = 300.0


def queued(
    subject: str = "pkg_1",
    *,
    kind: OperationType = OperationType.PACKAGE_VERIFY,
    tenant: str | None = None,
    **asking: Any,
) -> Operation:
    """A run that waits for a worker; its message is not sent."""
    order = lifecycle.OperationRequest(kind, Subject(kind="package", id=subject), {}, tenant)
    with transact() as transaction:
        return lifecycle.queue(transaction, order, actor=make_actor(**asking)).operation


def take(operation: Operation) -> Claim | None:
    """Claim the run as a worker does that has its message."""
    message = Message(workspace=operation.workspace, operation_id=operation.id)
    return claims.take(message, remaining=lambda: PLENTY_S)


def running(subject: str = "pkg_1", **asked: Any) -> Claim:
    """A run in the hands of a worker."""
    claim = take(queued(subject, **asked))
    assert claim is not None
    return claim


def ended(subject: str = "pkg_1", **asked: Any) -> Operation:
    """A run that a worker has finished."""
    claim = running(subject, **asked)
    claim.complete(SUCCEEDED)
    return claim.operation


def overdue(subject: str = "pkg_1", **asked: Any) -> Operation:
    """A run that no worker took in time."""
    with clock.freeze(clock.now() - LONG_AGO):
        return queued(subject, **asked)


def silent(subject: str = "pkg_1", **asked: Any) -> Claim:
    """A run whose worker has long fallen silent."""
    with clock.freeze(clock.now() - LONG_AGO):
        return running(subject, **asked)


def current(operation: Operation) -> Operation:
    """The record of a run as it is by now."""
    item = store.find(operation.workspace, operation.id)
    assert item is not None
    return store.to_operation(item)


def chain(operation: Operation) -> list[Event]:
    """What happened to a run, oldest first."""
    return audit.events(store.pk(operation.workspace, operation.id), limit=200)
