"""The reconciler's sweep over what is overdue: conservative, idempotent, each run by itself."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.core.errors import UNAVAILABLE, Unavailable, not_found
from chalicelib.core.transaction import transact
from chalicelib.operations import store
from chalicelib.operations.models import (
    Action,
    Failure,
    Operation,
    OperationStatus,
    OperationType,
    Outcome,
    Reason,
    Result,
    Subject,
)
from chalicelib.operations.policy import POLICIES
from chalicelib.operations.reconciliation import service
from chalicelib.operations.reconciliation.models import Reconcile, Sweep, Verb
from chalicelib.operations.reconciliation.service import follows
from chalicelib.operations.runs import service as runs
from tests.factories import make_actor
from tests.faults.recovery import longest_wait_s
from tests.faults.truths import broken, chain, lost
from tests.faults.wire import Strike
from tests.faults.world import KIND, Order, World

OTHER = OperationType.PACKAGE_FINALIZE
SUCCEEDED = Result(outcome=Outcome.SUCCEEDED)


def queue(
    world: World,
    subject: str = "pkg_1",
    *,
    kind: OperationType = KIND,
    tenant: str | None = None,
    **asking: str,
) -> Operation:
    """A run that nobody will take."""
    order = runs.Order(kind, Subject(kind="package", id=subject), {}, tenant)
    with world.at(), transact() as transaction:
        return runs.queue(transaction, order, actor=make_actor(**asking)).operation


def die(world: World) -> None:
    """A worker takes the oldest message that can be received, and is killed."""
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    hired.resume(Order.DIE)


def overdue(world: World) -> None:
    world.pass_time(longest_wait_s())


def reconcile(world: World, *, actor: object = None, **wanted: object) -> Sweep:
    with world.at():
        body = Reconcile.model_validate(wanted)
        return service.reconcile(body, actor=make_actor() if actor is None else actor)  # type: ignore[arg-type]


@pytest.fixture
def truths() -> Iterator[dict[OperationType, service.Truth]]:
    """What related records say, put back after the test."""
    before = dict(service._truths)
    yield service._truths
    service._truths.clear()
    service._truths.update(before)


def test_a_sweep_leaves_everything_inside_its_window_alone(world: World) -> None:
    world.request("pkg_1")
    world.request("pkg_2")
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    before = dict(world.table.items)
    found = reconcile(world)
    assert (found.inspected, found.changes) == (0, [])
    assert world.table.items == before


def test_a_run_that_nobody_took_is_ended_as_never_started(world: World) -> None:
    run = queue(world).id
    overdue(world)
    found = world.sweep()
    assert (found.inspected, found.reconciled, found.redispatched, found.skipped) == (1, 1, 0, 0)
    ended = world.operation(run)
    assert ended.outcome is Outcome.FAILED
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.STALE_QUEUED
    assert ended.reconciliation.source == "reconciler"
    assert [event.action for event in chain(world.table, ended)] == [Action.QUEUED, Action.RECONCILED]
    assert chain(world.table, ended)[-1].actor == runs.SYSTEM
    assert (broken(world), lost(world)) == ([], [])


def test_a_silent_run_is_given_out_again_once_an_attempt(world: World) -> None:
    run = world.request()
    die(world)
    overdue(world)
    assert world.sweep().redispatched == 1
    assert [world.sweep().inspected, world.sweep().inspected] == [0, 0]
    assert len(world.queue.sent) == 2
    given = world.operation(run)
    assert (given.status, given.redispatched_attempt) == (OperationStatus.RUNNING, 1)
    assert chain(world.table, given)[-1].action == Action.REDISPATCHED
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    hired.resume(Order.FINISH)
    assert (world.operation(run).outcome, world.operation(run).attempt) == (Outcome.SUCCEEDED, 2)
    assert broken(world) == []


def test_a_run_that_is_given_out_again_is_taken_by_a_worker_whose_clock_is_behind(world: World) -> None:
    run = world.request()
    die(world)
    overdue(world)
    world.sweep(skew=5)
    hired = world.hire(world.queue.visible()[0], skew=-5)
    assert hired is not None
    hired.resume(Order.FINISH)
    assert world.operation(run).outcome is Outcome.SUCCEEDED


def test_a_run_that_was_given_out_again_and_not_taken_is_ended(world: World) -> None:
    run = world.request()
    die(world)
    overdue(world)
    world.sweep()
    overdue(world)
    assert world.sweep().reconciled == 1
    ended = world.operation(run)
    assert ended.reconciliation is not None
    assert ended.reconciliation.reason_code is Reason.STALE_RUNNING
    assert broken(world) == []


def test_a_run_is_given_out_as_often_as_its_policy_has_attempts(world: World) -> None:
    run = world.request()
    for _ in range(POLICIES[KIND].max_attempts):
        die(world)
        overdue(world)
        world.sweep()
    ended = world.operation(run)
    assert (ended.attempt, ended.active) == (POLICIES[KIND].max_attempts, False)
    assert len(world.queue.sent) == POLICIES[KIND].max_attempts
    assert broken(world) == []


def test_a_worker_on_its_last_attempt_may_stand_still_for_a_lease_on_another_clock(world: World) -> None:
    run = world.request()
    for _ in range(POLICIES[KIND].max_attempts - 1):
        die(world)
        overdue(world)
        world.sweep()
    slow = world.hire(world.queue.visible()[0], skew=-5)
    assert slow is not None
    world.pass_time(29 + 89)
    assert world.sweep(skew=5).inspected == 0
    slow.resume(Order.FINISH)
    assert world.operation(run).outcome is Outcome.SUCCEEDED


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(world: World) -> None:
    world.request("pkg_1")
    die(world)
    queue(world, "pkg_2")
    overdue(world)
    before, sent = dict(world.table.items), len(world.queue.sent)
    said = reconcile(world, dry_run=True)
    assert said.dry_run
    assert sorted(change.change for change in said.changes) == [Verb.CLOSE, Verb.REDISPATCH]
    assert (world.table.items, len(world.queue.sent)) == (before, sent)
    done = reconcile(world)
    assert sorted(done.changes, key=str) == sorted(said.changes, key=str)


def test_a_sweep_of_one_type_leaves_the_others_alone(world: World) -> None:
    queue(world, kind=KIND)
    queue(world, kind=OTHER)
    overdue(world)
    found = reconcile(world, types=[KIND])
    assert [change.type for change in found.changes] == [KIND]
    assert [operation.type for operation in world.operations() if operation.active] == [OTHER]


def test_a_sweep_by_hand_stays_in_the_workspace_of_who_asks(world: World) -> None:
    queue(world)
    there = queue(world, workspace="globex").id
    overdue(world)
    assert reconcile(world).reconciled == 1
    assert lost(world) == [there]
    assert world.sweep().reconciled == 1


def test_a_sweep_by_hand_shows_and_touches_only_tenants_that_the_asker_may_see(world: World) -> None:
    queue(world, "pkg_1")
    queue(world, "pkg_2", tenant="north")
    south = queue(world, "pkg_3", tenant="south").id
    overdue(world)
    north = make_actor(tenants=frozenset({"north"}))
    assert reconcile(world, actor=north, dry_run=True).inspected == 2
    assert reconcile(world, actor=north).reconciled == 2
    assert lost(world) == [south]


def test_a_sweep_does_no_more_than_its_limit_and_the_next_goes_on(world: World) -> None:
    for number in range(7):
        queue(world, f"pkg_{number}")
    overdue(world)
    assert [reconcile(world, limit=3).reconciled for _ in range(4)] == [3, 3, 1, 0]


def test_a_record_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    broken_run, sound = queue(world, "pkg_1"), queue(world, "pkg_2")
    item = world.table.items[store.pk("acme", broken_run.id), store.STATE]
    item["data"] = {"S": json.dumps({"nothing": "of ours"})}
    overdue(world)
    found = world.sweep()
    assert (found.inspected, found.reconciled, found.skipped) == (2, 1, 1)
    assert not world.operation(sound.id).active


def test_a_related_record_that_fails_holds_up_no_other(
    world: World, truths: dict[OperationType, service.Truth]
) -> None:
    def fails(operation: Operation) -> Result | None:
        if operation.subject.id == "pkg_1":
            raise ZeroDivisionError
        return None

    truths[KIND] = fails
    queue(world, "pkg_1")
    queue(world, "pkg_2")
    overdue(world)
    found = world.sweep()
    assert (found.reconciled, found.skipped) == (1, 1)


def test_a_run_whose_record_does_not_answer_now_waits_for_the_next_sweep(
    world: World, truths: dict[OperationType, service.Truth]
) -> None:
    def unavailable(_: Operation) -> Result | None:
        raise Unavailable(UNAVAILABLE, "It does not answer.")

    truths[KIND] = unavailable
    queue(world)
    overdue(world)
    assert world.sweep().skipped == 1
    truths[KIND] = lambda _: SUCCEEDED
    assert world.sweep().reconciled == 1
    assert world.operations()[0].outcome is Outcome.SUCCEEDED


def test_a_run_whose_record_is_gone_ends_all_the_same(
    world: World, truths: dict[OperationType, service.Truth]
) -> None:
    def gone(_: Operation) -> Result | None:
        raise not_found()

    truths[KIND] = gone
    queue(world)
    overdue(world)
    assert world.sweep().reconciled == 1
    assert lost(world) == []


def test_a_run_whose_record_is_terminal_follows_it(
    world: World, truths: dict[OperationType, service.Truth]
) -> None:
    failed = Result(outcome=Outcome.FAILED, failures=[Failure(code="GIVEN_UP", message="It was given up.")])
    follows(KIND)(lambda operation: SUCCEEDED if operation.subject.id == "pkg_1" else failed)
    assert KIND in truths
    well, ill = queue(world, "pkg_1").id, queue(world, "pkg_2").id
    overdue(world)
    world.sweep()
    assert (world.operation(well).outcome, world.operation(ill).outcome) == (
        Outcome.SUCCEEDED,
        Outcome.FAILED,
    )
    for run in (well, ill):
        reconciliation = world.operation(run).reconciliation
        assert reconciliation is not None
        assert reconciliation.reason_code is Reason.OUT_OF_SYNC
        assert reconciliation.evidence["truth_path"] == "related-record"
    assert broken(world) == []


def test_a_run_that_changes_while_it_is_looked_at_is_left_to_the_next_sweep(world: World) -> None:
    run = queue(world).id
    overdue(world)

    def cancel_once(operation: str, *_: object) -> None:
        if operation == "BatchGetItem":
            world.wire.tapped = None
            world.cancel(run)

    world.wire.tapped = cancel_once
    found = world.sweep()
    assert (found.inspected, found.skipped) == (1, 1)
    assert world.operation(run).reconciliation is None
    assert broken(world) == []


def test_a_redispatch_counts_though_its_message_cannot_be_sent_now(world: World) -> None:
    world.request()
    die(world)
    overdue(world)
    world.wire.faults.arm(Strike.REFUSE, at=1, times=1)
    assert world.sweep().redispatched == 1
    world.pass_time(runs.OUTBOX_GRACE_S)
    assert world.dispatch() == 1


def test_a_scheduled_sweep_notes_when_it_ran_and_what_it_did(world: World) -> None:
    with world.at():
        assert service.last_sweep() is None
    queue(world)
    overdue(world)
    world.sweep()
    with world.at():
        assert service.last_sweep() == {
            "ran_at": "2026-03-14T15:24:27.535898Z",
            "dry_run": False,
            "inspected": 1,
            "reconciled": 1,
            "redispatched": 0,
            "skipped": 0,
        }
