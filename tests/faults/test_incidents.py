"""The three incidents that operations were designed after (docs/concepts/operations.md)."""

from chalicelib.operations.models.operation import Action
from chalicelib.operations.models.status import summarize
from holdfast.api.operations import Freshness, OperationStatus, Outcome, Reason
from holdfast.api.policy import POLICIES
from tests.support.faults.truths import broken, chain, lost
from tests.support.faults.world import KIND, DeliveryOrder, World

POLICY = POLICIES[KIND]
LONG_ENOUGH_S = POLICY.running_stale_after + 1


def test_a_run_left_running_with_no_callback_is_given_out_again_and_then_ended(world: World) -> None:
    """Each worker dies without a word. The guard is the reconciler's sweep over past deadlines: without
    it nobody would ever look at the run again. This fails when any part of it is gone:
    `operations.store.fill` (the deadline in the index), `reconciliation.models.decide` (what to do about
    a silent run) or `reconciliation.service._act` (doing it).
    """
    run = world.request()
    for _ in range(POLICY.max_attempts):
        dying = world.hire(world.queue.visible()[0])
        assert dying is not None
        dying.resume(DeliveryOrder.DIE)
        world.pass_time(LONG_ENOUGH_S)
        world.sweep()
    found = world.operation(run)
    assert (found.status, found.outcome) == (OperationStatus.COMPLETED, Outcome.FAILED)
    assert found.reconciliation is not None
    assert found.reconciliation.reason_code is Reason.STALE_RUNNING
    assert found.reconciliation.evidence["attempts"] == POLICY.max_attempts
    assert (broken(world), lost(world)) == ([], [])


def test_a_message_that_died_before_the_handler_ends_its_run_as_never_started(world: World) -> None:
    """The platform takes the message again and again and never starts the worker. The guard is the
    failure bridge on the dead-letter queue, which ends the run as soon as the queue drops its message, with
    evidence that says how far it came. This fails without `reconciliation.service.bridge`, and without
    what tells it that the run ends with its message (`models.reconciliation.is_given_up`).
    """
    run = world.request()
    mail = world.queue.waiting[0]
    while mail not in world.queue.dead:
        world.queue.receive(mail)
    world.bridge()
    found = world.operation(run)
    assert found.reconciliation is not None
    assert found.reconciliation.reason_code is Reason.QUEUE_FAILURE
    assert found.reconciliation.evidence["dead_letter"] == "never_started"
    assert summarize(found, world.now).freshness is Freshness.RECONCILED_FAILED
    assert (broken(world), lost(world)) == ([], [])


def test_a_worker_that_finishes_after_the_reconciler_closed_the_run_changes_nothing(world: World) -> None:
    """The worker stands still for longer than any worker may, then says that all went well. The guard
    is that a run is ended as it was read, or not at all, and that a result which comes too late is
    kept beside. This fails without the condition of `core.transaction.Transaction.save`, when
    `claims.service.Claim._holds` takes a run that is over for its own, and when
    `claims.service.Claim._end_reread` drops the late result.
    """
    run = world.request()
    slow = None
    for _ in range(POLICY.max_attempts):
        slow = world.hire(world.queue.visible()[0])
        world.pass_time(LONG_ENOUGH_S)
        world.sweep()
    closed = world.operation(run)
    assert slow is not None
    slow.resume(DeliveryOrder.FINISH)
    found = world.operation(run)
    assert found.late_result is not None
    assert found.late_result.outcome is Outcome.SUCCEEDED
    assert found.model_dump(exclude={"late_result"}) == closed.model_dump(exclude={"late_result"})
    assert [event.action for event in chain(world.table, found)][-2:] == [
        Action.RECONCILED,
        Action.LATE_RESULT,
    ]
    assert broken(world) == []
