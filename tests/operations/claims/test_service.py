"""The worker protocol, a message at a time: claim, renew, give back, complete, and who comes too late."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core.errors import (
    INVALID_REQUEST,
    UNAVAILABLE,
    HoldfastError,
    Invalid,
    NotFound,
    Permanent,
    Throttled,
    Transient,
    Unavailable,
)
from chalicelib.core.worker import SOON_S, Delivery
from chalicelib.operations.claims import service as claims
from chalicelib.operations.claims.service import Claim
from chalicelib.operations.models import (
    CANCELLED,
    Action,
    Counter,
    Message,
    Operation,
    OperationStatus,
    Outcome,
    Progress,
    Reason,
    Result,
)
from chalicelib.operations.policy import LEASE_S, MARGIN_S, POLICIES, RENEWAL_S
from tests.faults.queues import Mail
from tests.faults.truths import broken, chain
from tests.faults.world import BROKEN, KIND, WORKER_TIMEOUT_S, Order, Worker, World

SUCCEEDED = Result(outcome=Outcome.SUCCEEDED, summary_counts={Counter.OK: 3})
PLENTY_S = float(WORKER_TIMEOUT_S)


@pytest.fixture
def run(world: World) -> str:
    """A run whose message is on the queue."""
    return world.request()


def hire(world: World) -> Worker:
    """A worker that holds the oldest message that can be received."""
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    return hired


def perform(world: World, handler: Callable[[Claim], Result], *, remaining: float = PLENTY_S) -> None:
    """Deliver the oldest message, straight to the protocol."""
    mail = world.queue.visible()[0]
    with world.at():
        claims.perform(Delivery(mail.body, lambda: remaining), {KIND: handler})


def take(world: World, mail: Mail) -> Claim | None:
    with world.at():
        return claims.take(Message.model_validate_json(mail.body), remaining=lambda: PLENTY_S)


def raising(error: Exception) -> Callable[[Claim], Result]:
    def handler(_: Claim) -> Result:
        raise error

    return handler


def actions(world: World, run: str) -> list[str]:
    return [event.action for event in chain(world.table, world.operation(run))]


def between(world: World, operation: str, act: Callable[[], None]) -> None:
    """Let somebody else act once, right after the engine answered to `operation`."""

    def tap(name: str, *_: object) -> None:
        if name == operation:
            world.wire.tapped = None
            act()

    world.wire.tapped = tap


def test_a_first_delivery_is_claimed_from_its_message_in_one_round_trip(world: World, run: str) -> None:
    world.table.calls.clear()
    claim = take(world, world.queue.waiting[0])
    assert world.table.calls == {"TransactWriteItems": 1}
    assert claim is not None
    assert claim.operation == world.operation(run)
    assert actions(world, run) == [Action.QUEUED, Action.STARTED]
    assert broken(world) == []


def test_a_message_without_the_record_is_claimed_after_one_read(world: World, run: str) -> None:
    mail = Mail(Message(workspace="acme", operation_id=run).model_dump_json(), "r", world.now)
    world.table.calls.clear()
    assert take(world, mail) is not None
    assert world.table.calls == {"GetItem": 1, "TransactWriteItems": 1}
    assert broken(world) == []


def test_another_delivery_of_a_claimed_run_is_acknowledged_and_changes_nothing(
    world: World, run: str
) -> None:
    worker = hire(world)
    before = dict(world.table.items)
    again = world.hire(Mail(world.queue.sent[0], "again", world.now))
    assert again is not None
    assert (again.alive, again.claim) == (False, None)
    assert world.table.items == before
    worker.resume(Order.FINISH)
    assert world.operation(run).attempt == 1


def test_another_delivery_of_a_run_that_is_over_is_acknowledged_and_changes_nothing(
    world: World, run: str
) -> None:
    hire(world).resume(Order.FINISH)
    before = dict(world.table.items)
    assert take(world, Mail(world.queue.sent[0], "again", world.now)) is None
    assert world.table.items == before
    assert world.effects[run] == 1


def test_a_delivery_after_the_lease_takes_the_run_over(world: World, run: str) -> None:
    hire(world).resume(Order.DIE)
    world.pass_time(LEASE_S)
    claim = take(world, Mail(world.queue.sent[0], "again", world.now))
    assert claim is not None
    assert (claim.operation.attempt, claim.operation.fence) == (2, 2)
    assert broken(world) == []
    assert world.operation(run) == claim.operation


def test_a_claim_that_somebody_else_writes_between_is_decided_anew(world: World, run: str) -> None:
    hire(world).resume(Order.DIE)
    world.pass_time(LEASE_S)
    between(world, "GetItem", lambda: world.cancel(run))
    mail = Mail(Message(workspace="acme", operation_id=run).model_dump_json(), "r", world.now)
    claim = take(world, mail)
    assert claim is not None
    assert claim.operation.cancel_requested_by == "ada"


def test_a_run_ends_in_one_transaction_with_its_event_its_notice_and_its_identity(
    world: World, run: str
) -> None:
    worker = hire(world)
    world.table.calls.clear()
    worker.resume(Order.FINISH)
    assert world.table.calls == {"TransactWriteItems": 1}
    assert actions(world, run) == [Action.QUEUED, Action.STARTED, Action.COMPLETED]
    assert [notice["operation_id"] for notice in world.kept("notification")] == [run]
    assert world.kept("operation-identity") == []
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_result_is_the_runs_own(world: World, run: str) -> None:
    perform(world, lambda _: SUCCEEDED)
    ended = world.operation(run)
    assert (ended.outcome, ended.summary_counts) == (SUCCEEDED.outcome, SUCCEEDED.summary_counts)
    assert ended.reconciliation is None


def test_a_lease_is_renewed_when_it_is_due_and_not_before(world: World, run: str) -> None:
    worker = hire(world)
    world.table.calls.clear()
    world.pass_time(RENEWAL_S - 1)
    worker.resume(Order.WORK)
    assert world.table.calls == {}
    world.pass_time(1)
    worker.resume(Order.WORK)
    assert world.table.calls == {"TransactWriteItems": 1}
    renewed = world.operation(run)
    assert renewed.lease_until == world.now + timedelta(seconds=LEASE_S)
    assert renewed.progress == Progress(done=2, unit="steps")
    assert actions(world, run) == [Action.QUEUED, Action.STARTED]


def test_the_end_of_a_run_says_how_far_it_came(world: World, run: str) -> None:
    worker = hire(world)
    worker.resume(Order.WORK)
    worker.resume(Order.BREAK)
    assert world.operation(run).progress.done == 1


@pytest.mark.parametrize(
    "error",
    [
        Transient("not now"),
        Unavailable(UNAVAILABLE, "It does not answer."),
        Throttled(UNAVAILABLE, "It is too much."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_work_that_fails_for_now_gives_the_run_and_its_message_back(
    world: World, run: str, error: Exception
) -> None:
    with pytest.raises(Transient):
        perform(world, raising(error))
    given = world.operation(run)
    assert (given.status, given.lease_until) == (OperationStatus.RUNNING, None)
    assert actions(world, run)[-1] == Action.RELEASED
    assert broken(world) == []


def test_a_message_that_was_given_back_comes_soon_and_the_next_worker_has_it(world: World, run: str) -> None:
    hire(world).resume(Order.RETRY)
    assert world.queue.visible() == []
    world.pass_time(SOON_S)
    hire(world).resume(Order.FINISH)
    assert (world.operation(run).attempt, world.operation(run).outcome) == (2, Outcome.SUCCEEDED)
    assert broken(world) == []


def test_work_that_still_fails_at_its_last_attempt_ends_the_run(world: World, run: str) -> None:
    for _ in range(POLICIES[KIND].max_attempts):
        hire(world).resume(Order.RETRY)
        world.pass_time(SOON_S)
    ended = world.operation(run)
    assert ended.outcome is Outcome.FAILED
    assert [failure.code for failure in ended.failures] == ["TRANSIENT"]
    assert world.queue.waiting == []
    assert broken(world) == []


@pytest.mark.parametrize("error", [Permanent(INVALID_REQUEST, "No."), Invalid(INVALID_REQUEST, "No.")])
def test_work_that_fails_for_good_ends_the_run_with_its_code(
    world: World, run: str, error: HoldfastError
) -> None:
    perform(world, raising(error))
    ended = world.operation(run)
    assert ended.outcome is Outcome.FAILED
    assert [failure.model_dump() for failure in ended.failures] == [
        {"code": INVALID_REQUEST, "message": "No."}
    ]
    assert broken(world) == []


def test_a_message_of_work_that_failed_for_good_is_acknowledged(world: World, run: str) -> None:
    hire(world).resume(Order.BREAK)
    assert world.operation(run).failures[0].code == BROKEN
    assert world.queue.waiting == []


def test_a_fault_of_ours_leaves_the_run_to_its_lease_and_the_message_to_the_queue(
    world: World, run: str
) -> None:
    with pytest.raises(ZeroDivisionError):
        perform(world, raising(ZeroDivisionError()))
    assert world.operation(run).lease_until == world.now + timedelta(seconds=LEASE_S)


def test_a_worker_that_runs_out_of_time_ends_its_run_with_the_reason(world: World, run: str) -> None:
    worker = hire(world)
    world.pass_time(WORKER_TIMEOUT_S - MARGIN_S + 1)
    worker.resume(Order.WORK)
    ended = world.operation(run)
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.INFRASTRUCTURE
    assert ended.reconciliation.source == "worker"
    assert ended.reconciliation.evidence == {"attempts": 1, "remaining_s": MARGIN_S - 1}
    assert [failure.code for failure in ended.failures] == [Reason.INFRASTRUCTURE]
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_worker_with_time_left_goes_on(world: World, run: str) -> None:
    worker = hire(world)
    world.pass_time(WORKER_TIMEOUT_S - MARGIN_S)
    worker.resume(Order.WORK)
    assert worker.alive
    assert world.operation(run).active


def test_an_end_for_lack_of_time_keeps_its_reason_when_somebody_writes_in_between(
    world: World, run: str
) -> None:
    worker = hire(world)
    world.cancel(run)
    world.pass_time(WORKER_TIMEOUT_S - 1)
    worker.resume(Order.WORK)
    ended = world.operation(run)
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.INFRASTRUCTURE
    assert broken(world) == []


def test_a_running_run_that_is_cancelled_stops_at_its_next_renewal(world: World, run: str) -> None:
    worker = hire(world)
    world.cancel(run)
    worker.resume(Order.WORK)
    assert worker.alive
    world.pass_time(RENEWAL_S)
    worker.resume(Order.WORK)
    ended = world.operation(run)
    assert not worker.alive
    assert [failure.code for failure in ended.failures] == [CANCELLED]
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_cancelled_run_stops_even_when_somebody_writes_as_it_does(world: World, run: str) -> None:
    worker = hire(world)
    world.cancel(run)
    world.pass_time(LEASE_S + RENEWAL_S + MARGIN_S)
    between(world, "GetItem", lambda: given_out_again(world))
    worker.resume(Order.WORK)
    assert [failure.code for failure in world.operation(run).failures] == [CANCELLED]
    assert broken(world) == []


def given_out_again(world: World) -> None:
    assert world.sweep().redispatched == 1


def test_a_cancelled_run_whose_worker_died_is_not_worked_on_again(world: World, run: str) -> None:
    hire(world).resume(Order.DIE)
    world.cancel(run)
    world.pass_time(LEASE_S)
    again = world.hire(Mail(world.queue.sent[0], "again", world.now))
    assert again is not None
    assert again.claim is None
    assert [failure.code for failure in world.operation(run).failures] == [CANCELLED]
    assert world.effects[run] == 0
    assert broken(world) == []


def test_work_that_is_done_before_it_hears_of_its_cancellation_is_done(world: World, run: str) -> None:
    worker = hire(world)
    world.cancel(run)
    worker.resume(Order.FINISH)
    assert world.operation(run).outcome is Outcome.SUCCEEDED
    assert broken(world) == []


@pytest.fixture
def overtaken(world: World, run: str) -> tuple[Worker, Operation]:
    """A worker whose run another one has taken over, and the run as the other has it."""
    slow = hire(world)
    world.pass_time(LEASE_S)
    other = world.hire(Mail(world.queue.sent[0], "again", world.now))
    assert other is not None
    assert other.claim is not None
    return slow, world.operation(run)


def test_a_worker_that_was_overtaken_stops_at_its_next_renewal(
    world: World, overtaken: tuple[Worker, Operation]
) -> None:
    slow, taken = overtaken
    slow.resume(Order.WORK)
    assert not slow.alive
    assert world.operation(taken.id) == taken


def test_a_result_of_a_worker_that_was_overtaken_is_kept_and_not_applied(
    world: World, overtaken: tuple[Worker, Operation]
) -> None:
    slow, taken = overtaken
    slow.resume(Order.FINISH)
    found = world.operation(taken.id)
    assert found.late_result is not None
    assert (found.late_result.outcome, found.late_result.fence) == (Outcome.SUCCEEDED, 1)
    assert found.model_dump(exclude={"late_result"}) == taken.model_dump(exclude={"late_result"})
    world.busy[-1].resume(Order.BREAK)
    ended = world.operation(taken.id)
    assert (ended.outcome, ended.late_result) == (Outcome.FAILED, found.late_result)
    assert broken(world) == []


def test_a_worker_that_was_overtaken_gives_nothing_back(
    world: World, overtaken: tuple[Worker, Operation]
) -> None:
    slow, taken = overtaken
    slow.resume(Order.RETRY)
    assert world.operation(taken.id) == taken


def test_only_the_first_late_result_is_kept(world: World, run: str) -> None:
    workers = []
    for _ in range(POLICIES[KIND].max_attempts):
        workers.append(world.hire(Mail(world.queue.sent[0], "again", world.now)))
        world.pass_time(LEASE_S)
    for worker in workers[:2]:
        assert worker is not None
        worker.resume(Order.FINISH)
    late = world.operation(run).late_result
    assert late is not None
    assert late.fence == 1
    assert actions(world, run).count(Action.LATE_RESULT) == 1
    assert broken(world) == []


def test_a_message_of_a_run_that_is_not_there_is_not_acknowledged(world: World, run: str) -> None:
    unknown = Message(workspace="acme", operation_id=f"{run}X").model_dump_json()
    with world.at(), pytest.raises(NotFound):
        claims.perform(Delivery(unknown, lambda: PLENTY_S), {})


def test_a_message_that_is_none_of_ours_is_not_acknowledged(world: World) -> None:
    with world.at(), pytest.raises(ValueError, match="Message"):
        claims.perform(Delivery("not a message", lambda: PLENTY_S), {})
