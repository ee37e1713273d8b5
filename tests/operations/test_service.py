"""The life of an operation: queued, sent, claimed, ended; each move once (operations.md)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from chalicelib.audit import service as audit
from chalicelib.audit.models import Event, first_bad
from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import INVALID_REQUEST, Invalid, NotFound
from chalicelib.core.transaction import transact
from chalicelib.operations import service, store
from chalicelib.operations.models import (
    LEASE_S,
    Message,
    Operation,
    OperationStatus,
    OperationSubject,
    OperationType,
    Outcome,
)
from tests.factories import MOMENT, make_actor
from tests.served import Served

THREADS = 16


@pytest.fixture
def actor(served: Served) -> Actor:
    """Somebody in the test's workspace."""
    return make_actor(workspace=served.workspace)


@pytest.fixture
def queued(actor: Actor) -> Iterator[Operation]:
    """An operation whose message was not sent; the clock stands at MOMENT."""
    with clock.freeze(MOMENT):
        yield make_queued(actor)


def make_queued(actor: Actor, *, package_id: str = "pkg_1") -> Operation:
    """Queue an operation, and send nothing."""
    subject = OperationSubject(kind="package", id=package_id)
    with transact() as transaction:
        return service.queue(transaction, OperationType.PACKAGE_FINALIZE, subject, actor=actor)


def message(operation: Operation) -> Message:
    """What the queue carries for an operation."""
    return Message(workspace=operation.workspace, operation_id=operation.id)


def claimed(operation: Operation) -> Operation:
    """A claim of the operation that succeeds."""
    claim = service.claim(message(operation))
    assert claim is not None
    return claim


def chain(operation: Operation) -> list[Event]:
    """The audit chain of an operation."""
    pk = store.key(operation.workspace, operation.id).pk
    return audit.history(pk, limit=200, cursor=None).items


def later(seconds: float) -> datetime:
    """A moment that many seconds from now."""
    return clock.now() + timedelta(seconds=seconds)


def test_a_queued_operation_is_pending_and_says_who_asked_for_what(queued: Operation, actor: Actor) -> None:
    kept = service.get(queued.id, actor=actor)
    assert kept == queued
    assert (kept.status, kept.outcome, kept.attempt, kept.fence) == ("queued", "pending", 0, 0)
    assert (kept.initiator, kept.subject.id) == ("ada", "pkg_1")


def test_a_claim_starts_the_run_with_a_fence_and_a_lease(queued: Operation) -> None:
    claim = claimed(queued)
    assert (claim.status, claim.outcome) == (OperationStatus.RUNNING, Outcome.PENDING)
    assert (claim.fence, claim.attempt, claim.started_at) == (1, 1, MOMENT)
    assert claim.lease_until == later(LEASE_S)


def test_a_second_delivery_under_the_lease_is_nothing_to_run(queued: Operation) -> None:
    claimed(queued)
    with clock.freeze(later(LEASE_S - 1)):
        assert service.claim(message(queued)) is None


def test_another_delivery_takes_over_when_the_lease_has_run_out(queued: Operation) -> None:
    first = claimed(queued)
    with clock.freeze(later(LEASE_S)):
        second = claimed(queued)
        assert (second.fence, second.attempt, second.started_at) == (2, 2, first.started_at)
        assert second.lease_until == later(LEASE_S)


def test_of_sixteen_deliveries_at_once_one_runs(queued: Operation) -> None:
    together = Barrier(THREADS)

    def deliver(_: int) -> Operation | None:
        together.wait()
        return service.claim(message(queued))

    with ThreadPoolExecutor(THREADS) as pool:
        claims = [claim for claim in pool.map(deliver, range(THREADS)) if claim]
    assert [claim.fence for claim in claims] == [1]
    assert [event.action for event in chain(queued)] == ["operations:run:queued", "operations:run:started"]
    assert first_bad(chain(queued)) is None


def test_a_run_ends_once_and_never_changes_again(queued: Operation, actor: Actor) -> None:
    claim = claimed(queued)
    ended = service.complete(claim)
    assert ended is not None
    assert (ended.status, ended.outcome, ended.lease_until) == ("completed", "succeeded", None)
    assert ended.completed_at == MOMENT
    failure = Invalid(INVALID_REQUEST, "too late")
    assert service.complete(claim, failure=failure) is None
    service.release(claim)
    with clock.freeze(later(LEASE_S * 2)):
        assert service.claim(message(queued)) is None
    assert service.get(queued.id, actor=actor) == ended


def test_a_failed_run_says_its_code_and_a_sentence(queued: Operation) -> None:
    ended = service.complete(claimed(queued), failure=Invalid(INVALID_REQUEST, "No good."))
    assert ended is not None
    assert ended.outcome == Outcome.FAILED
    assert [(failure.code, failure.message) for failure in ended.failures] == [
        ("INVALID_REQUEST", "No good.")
    ]


def test_a_worker_whose_lease_was_taken_over_ends_nothing(queued: Operation, actor: Actor) -> None:
    slow = claimed(queued)
    with clock.freeze(later(LEASE_S)):
        fast = claimed(queued)
        assert service.complete(slow) is None
        service.release(slow)
        assert service.get(queued.id, actor=actor) == fast
        assert service.complete(fast) is not None
        assert service.complete(slow) is None


def test_a_released_run_may_be_claimed_at_once(queued: Operation, actor: Actor) -> None:
    service.release(claimed(queued))
    waiting = service.get(queued.id, actor=actor)
    assert (waiting.status, waiting.outcome, waiting.lease_until) == ("queued", "pending", None)
    assert claimed(queued).fence == 2


def test_a_message_of_an_operation_that_is_not_there_is_refused(served: Served) -> None:
    with pytest.raises(NotFound):
        service.claim(Message(workspace=served.workspace, operation_id="op_none"))
    with pytest.raises(NotFound):
        service.claim(Message(workspace="elsewhere", operation_id="op_none"))


def test_every_move_is_in_a_chain_that_verifies(queued: Operation) -> None:
    service.release(claimed(queued))
    service.complete(claimed(queued))
    events = chain(queued)
    assert [event.action.rpartition(":")[2] for event in events] == [
        "queued",
        "started",
        "released",
        "started",
        "completed",
    ]
    assert [event.payload["fence"] for event in events if event.payload] == [0, 1, 1, 2, 2]
    assert first_bad(events) is None
