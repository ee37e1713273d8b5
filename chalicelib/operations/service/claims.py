"""The worker protocol: claim, renew, release, complete (docs/concepts/operations.md).

A worker claims a run in one conditional write, without a read when the message carries the record.
While it works it holds the claim, with its fence and its lease. The work calls `checkpoint` as it
goes. That call reports progress and renews the lease when a renewal is due. It raises, and so stops
the work, when the run was cancelled, when another claim has it, or when the time is short.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.errors import HoldfastError, Permanent, Throttled, Transient, Unavailable, not_found
from chalicelib.core.worker import Delivery
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact
from chalicelib.operations.models.claim import (
    Cancelled,
    Lost,
    OutOfTime,
    as_claimed,
    as_released,
    attempts_left,
    claimable,
    with_late_result,
    with_renewed_lease,
)
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.models.reconciliation import as_closed, failure_of
from chalicelib.operations.service import lifecycle
from chalicelib.operations.store import operations as store
from holdfast.api.operations import Failure, Operation, OperationType, Outcome, Progress, Reason, Result
from holdfast.api.policy import MARGIN_S, RENEWAL_S

WORKER = "worker"

RemainingSeconds = Callable[[], float]


class Claim:
    """The hold of one worker on one run. `remaining` returns the seconds that the platform still gives."""

    def __init__(self, item: Item, operation: Operation, remaining: RemainingSeconds) -> None:
        self.operation = operation
        self._item = item
        self._remaining = remaining
        self._renewed_at = clock.now()

    def checkpoint(self, progress: Progress) -> None:
        """Report the progress, and renew the lease when a renewal is due.

        Raises `OutOfTime`, `Cancelled` or `Lost`; each of them stops the work here.
        """
        self.operation = self.operation.model_copy(update={"progress": progress})
        if self._remaining() < MARGIN_S:
            raise OutOfTime
        now = clock.now()
        if (now - self._renewed_at).total_seconds() >= RENEWAL_S:
            self._renew(now)

    def remaining(self) -> float:
        """Return the seconds that the platform still gives, for work that stops in time by itself."""
        return self._remaining()

    def heed(self) -> None:
        """Raise `Cancelled` when somebody asked to cancel the run, also before this worker claimed it."""
        if self.operation.cancel_requested_by:
            raise Cancelled

    def complete(self, result: Result) -> None:
        """End the run with `result`.

        The result is kept as a late result when another claim has the run, or when the run has ended.
        """
        self._end(lambda current: current.as_completed(result, at=clock.now()))

    def abandon(self) -> None:
        """End the run as failed because the platform is about to end its worker."""
        result = Result(outcome=Outcome.FAILED, failures=[failure_of(Reason.INFRASTRUCTURE)])
        evidence = {"attempts": self.operation.attempt, "remaining_s": round(self._remaining(), 1)}
        self._end(
            lambda current: as_closed(
                current,
                Reason.INFRASTRUCTURE,
                source=WORKER,
                evidence=evidence,
                result=result,
                at=clock.now(),
            )
        )

    def stop(self) -> None:
        """End the run because it was cancelled."""
        by = self.operation.cancel_requested_by or lifecycle.SYSTEM
        self._end(lambda current: lifecycle.as_cancelled(current, by))

    def give_back(self) -> None:
        """Release the run for the next delivery, unless another claim has it or it has ended."""
        operation = as_released(self.operation, clock.now())
        actor = lifecycle.initiator(operation)
        try:
            with transact() as transaction:
                lifecycle.save(transaction, self._item, operation, action=Action.RELEASED, actor=actor)
        except Stale:
            return

    def _renew(self, now: datetime) -> None:
        renewal = with_renewed_lease(self.operation, now)
        store.fill(self._item, renewal)
        try:
            with transact() as transaction:
                transaction.save(self._item)
        except Stale:
            self._reread()
        else:
            self.operation, self._renewed_at = renewal, now

    def _reread(self) -> None:
        item, operation = _current(self.operation)
        if not self._holds(operation):
            raise Lost
        self._item, self.operation = item, self._with_progress(operation)
        self.heed()

    def _holds(self, current: Operation) -> bool:
        return current.active and current.fence == self.operation.fence

    def _with_progress(self, current: Operation) -> Operation:
        """Return the run as others saved it, with the progress of this claim."""
        return current.model_copy(update={"progress": self.operation.progress})

    def _end(self, ended: Callable[[Operation], Operation]) -> None:
        """Save the run as `ended` returns it; read it again first when others wrote to it."""
        try:
            _save_end(self._item, ended(self.operation))
        except Stale:
            self._end_reread(ended)

    @retry_when_stale
    def _end_reread(self, ended: Callable[[Operation], Operation]) -> None:
        item, current = _current(self.operation)
        if self._holds(current):
            _save_end(item, ended(self._with_progress(current)))
        elif current.late_result is None:
            kept = with_late_result(current, ended(self.operation), clock.now())
            with transact() as transaction:
                lifecycle.save(
                    transaction, item, kept, action=Action.LATE_RESULT, actor=lifecycle.initiator(current)
                )


Handler = Callable[[Claim], Result]


def perform(delivery: Delivery, handlers: Mapping[OperationType, Handler]) -> None:
    """Do the work of the message in `delivery`; do nothing when its run cannot be claimed now.

    Raises `Transient` to ask the queue for another delivery, and `ValueError` for a message that
    Holdfast did not send.
    """
    claim = take(Message.model_validate_json(delivery.body), remaining=delivery.remaining)
    if claim:
        _perform_claim(claim, handlers[claim.operation.type])


def take(message: Message, *, remaining: RemainingSeconds) -> Claim | None:
    """Claim the run for this delivery in one conditional write; return None when it cannot be claimed now.

    Raises `NotFound` for a message whose operation does not exist.
    """
    unread = store.from_message(message)
    if unread:
        try:
            return _take(unread, remaining)
        except Stale:
            pass  # this is not the first delivery of a queued run: read the run
    return _take_read(message, remaining)


@retry_when_stale
def _take_read(message: Message, remaining: RemainingSeconds) -> Claim | None:
    item = store.find(message.workspace, message.operation_id)
    if item is None:
        raise not_found()
    return _take(item, remaining)


def _take(item: Item, remaining: RemainingSeconds) -> Claim | None:
    operation, now = store.to_operation(item), clock.now()
    if not claimable(operation, now):
        return None
    running = as_claimed(operation, now)
    with transact() as transaction:
        lifecycle.save(transaction, item, running, action=Action.STARTED, actor=lifecycle.initiator(running))
    return Claim(item, running, remaining)


def _perform_claim(claim: Claim, handler: Handler) -> None:
    try:
        claim.heed()
        result = handler(claim)
    except OutOfTime:
        claim.abandon()
    except Cancelled:
        claim.stop()
    except Lost:
        return
    except (Transient, Unavailable, Throttled) as error:
        _retry(claim, error)
    except (Permanent, HoldfastError) as error:
        claim.complete(_failed(error.code, error.message))
    else:
        claim.complete(result)


def _retry(claim: Claim, error: Exception) -> None:
    if not attempts_left(claim.operation):
        code = error.code if isinstance(error, HoldfastError) else "TRANSIENT"
        claim.complete(
            _failed(code, f"Attempt {claim.operation.attempt} was the last one, and it failed: {error}")
        )
        return
    claim.give_back()
    raise Transient(str(error)) from error


def _failed(code: str, message: str) -> Result:
    return Result(outcome=Outcome.FAILED, failures=[Failure(code=code, message=message)])


def _save_end(item: Item, operation: Operation) -> None:
    lifecycle.end(item, operation, action=Action.COMPLETED, actor=lifecycle.initiator(operation))


def _current(operation: Operation) -> tuple[Item, Operation]:
    item = store.find(operation.workspace, operation.id)
    if item is None:
        raise Lost
    return item, store.to_operation(item)
