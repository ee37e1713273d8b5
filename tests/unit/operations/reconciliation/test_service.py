"""The reconciler's sweep over what is overdue: conservative, idempotent, each run by itself."""

import json

from chalicelib.operations.models.operation import Action
from chalicelib.operations.models.reconciliation import Verb
from chalicelib.operations.service import lifecycle, reconciliation
from chalicelib.operations.store import operations as store
from holdfast.api.moments import optional_rfc3339, rfc3339
from holdfast.api.operations import OperationStatus, OperationType, Outcome, Reason
from holdfast.api.policy import LEASE_S, MARGIN_S, POLICIES, RENEWAL_S
from tests.support.factories import make_actor
from tests.support.faults.truths import broken, chain, lost
from tests.support.faults.wire import Strike
from tests.support.faults.world import KIND, DeliveryOrder, World
from tests.support.operations.hands import between, hire
from tests.support.operations.stuck import die, overdue, queue, reconcile

OTHER = OperationType.PACKAGE_FINALIZE


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
    assert chain(world.table, ended)[-1].actor == lifecycle.SYSTEM
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
    hired.resume(DeliveryOrder.FINISH)
    assert (world.operation(run).outcome, world.operation(run).attempt) == (Outcome.SUCCEEDED, 2)
    assert broken(world) == []


def test_the_event_of_giving_out_again_keeps_the_evidence_that_the_record_no_longer_has(world: World) -> None:
    run = world.request()
    die(world)
    held = world.operation(run)
    overdue(world)
    world.sweep()
    given = world.operation(run)
    assert given.lease_until is None
    assert chain(world.table, given)[-1].payload == {
        "status": "running",
        "outcome": "pending",
        "attempt": 1,
        "fence": 1,
        "summary_counts": {},
        "failures": [],
        "evidence": {
            "evaluated_at": rfc3339(world.now),
            "freshness": "likely_stale",
            "threshold": optional_rfc3339(held.deadline_at),
            "reference_time": optional_rfc3339(held.attempt_started_at),
            "last_lease": optional_rfc3339(held.lease_until),
            "attempts": 1,
            "truth_path": "deadline-index",
        },
    }


def test_a_run_that_is_given_out_again_is_taken_by_a_worker_whose_clock_is_behind(world: World) -> None:
    run = world.request()
    die(world)
    overdue(world)
    world.sweep(skew=5)
    hired = world.hire(world.queue.visible()[0], skew=-5)
    assert hired is not None
    hired.resume(DeliveryOrder.FINISH)
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
    slow.resume(DeliveryOrder.FINISH)
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


def test_a_silent_run_that_ends_while_it_is_looked_at_is_not_given_out_again(world: World) -> None:
    run = world.request()
    worker = hire(world)
    world.pass_time(LEASE_S + RENEWAL_S + MARGIN_S)
    between(world, "BatchGetItem", lambda: worker.resume(DeliveryOrder.FINISH))
    found = world.sweep()
    assert (found.inspected, found.redispatched, found.skipped) == (1, 0, 1)
    assert world.operation(run).outcome is Outcome.SUCCEEDED
    assert len(world.queue.sent) == 1
    assert broken(world) == []


def test_a_redispatch_counts_though_its_message_cannot_be_sent_now(world: World) -> None:
    world.request()
    die(world)
    overdue(world)
    world.wire.faults.arm(Strike.REFUSE, at=1, times=1)
    assert world.sweep().redispatched == 1
    world.pass_time(lifecycle.OUTBOX_GRACE_S)
    assert world.dispatch() == 1


def test_a_scheduled_sweep_notes_when_it_ran_and_what_it_did(world: World) -> None:
    with world.at():
        assert reconciliation.last_sweep() is None
    queue(world)
    overdue(world)
    world.sweep()
    with world.at():
        assert reconciliation.last_sweep() == {
            "ran_at": "2026-03-14T15:24:27.535898Z",
            "dry_run": False,
            "inspected": 1,
            "reconciled": 1,
            "redispatched": 0,
            "skipped": 0,
        }
