"""Show, list, count and cancel: what is true by now, and only to who may see it."""

import json
from typing import Any

import pytest

from chalicelib.auth.models import Actor
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Action
from chalicelib.operations.service import lifecycle, operations
from chalicelib.operations.store import operations as store
from holdfast.api.operations import (
    CANCELLED,
    Freshness,
    OperationQuery,
    OperationStatus,
    OperationSummary,
    OperationType,
    Outcome,
    Subject,
    Summary,
)
from holdfast.api.policy import POLICIES
from tests.support.factories import make_actor, make_operation
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.starvation import keep
from tests.support.faults.truths import broken
from tests.support.faults.world import KIND, DeliveryOrder, World

OTHER = OperationType.PACKAGE_FINALIZE
NORTH = make_actor(tenants=frozenset({"north"}))


def queue(
    world: World,
    subject: str,
    *,
    kind: OperationType = KIND,
    tenant: str | None = None,
    workspace: str = "acme",
) -> str:
    """A run that is queued, a second after the one before."""
    world.pass_time(1)
    order = lifecycle.OperationRequest(kind, Subject(kind="package", id=subject), {}, tenant)
    with world.at(), transact() as transaction:
        queued = lifecycle.queue(transaction, order, actor=make_actor(workspace=workspace))
    with world.at():
        lifecycle.send(queued.outbox)
    return queued.operation.id


def finish_all(world: World, *orders: DeliveryOrder) -> None:
    """A worker takes the oldest message and does as it is told."""
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    for order in orders:
        hired.resume(order)


def listed(world: World, *, actor: Actor | None = None, **wanted: object) -> list[OperationSummary]:
    """Every run that a list shows, page after page."""
    found: list[OperationSummary] = []
    cursor = None
    while True:
        query = OperationQuery.model_validate({**wanted, "cursor": cursor})
        with world.at():
            page = operations.search(query, actor=actor or make_actor())
        assert len(page.items) <= query.limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def ids(world: World, *, actor: Actor | None = None, **wanted: object) -> list[str]:
    return [operation.id for operation in listed(world, actor=actor, **wanted)]


def summary(world: World, *, actor: Actor | None = None) -> Summary:
    with world.at():
        return operations.summary(actor=actor or make_actor())


@pytest.fixture
def everything(world: World) -> dict[str, str]:
    """One run of each kind, by what it is."""
    found = {"ended": queue(world, "pkg_1")}
    finish_all(world, DeliveryOrder.FINISH)
    found["failed"] = queue(world, "pkg_2", tenant="north")
    finish_all(world, DeliveryOrder.BREAK)
    found["reconciled"] = queue(world, "pkg_3", kind=OTHER, tenant="south")
    world.queue.waiting.clear()
    world.pass_time(longest_wait_s())
    world.sweep()
    found["silent"] = queue(world, "pkg_4")
    finish_all(world, DeliveryOrder.DIE)
    world.pass_time(200)
    found["running"] = queue(world, "pkg_5")
    finish_all(world)
    found["queued"] = queue(world, "pkg_6", kind=OTHER)
    return found


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["queued", "running", "silent", "reconciled", "failed", "ended"]),
        ({"type": OTHER}, ["queued", "reconciled"]),
        ({"status": "completed"}, ["reconciled", "failed", "ended"]),
        ({"status": "running"}, ["running", "silent"]),
        ({"outcome": "succeeded"}, ["ended"]),
        ({"outcome": "pending"}, ["queued", "running", "silent"]),
        ({"active": True}, ["queued", "running", "silent"]),
        ({"active": False}, ["reconciled", "failed", "ended"]),
        ({"freshness": "fresh_active"}, ["queued", "running"]),
        ({"freshness": "likely_stale"}, ["silent"]),
        ({"freshness": "reconciled_failed"}, ["reconciled"]),
        ({"freshness": "terminal_normal"}, ["failed", "ended"]),
        ({"freshness": "unknown"}, []),
        ({"freshness": "fresh_active", "active": False}, []),
        ({"tenant": "north"}, ["failed"]),
        ({"type": OTHER, "status": "completed"}, ["reconciled"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_list_shows_what_is_asked_for_newest_first(
    world: World, everything: dict[str, str], wanted: dict[str, Any], expected: list[str], limit: int
) -> None:
    assert ids(world, **wanted, limit=limit) == [everything[name] for name in expected]


def test_a_list_shows_only_tenants_that_the_reader_may_see(world: World, everything: dict[str, str]) -> None:
    hidden = everything["reconciled"]
    seen = ids(world, actor=NORTH)
    assert seen == [run for run in ids(world) if run != hidden]
    with world.at(), pytest.raises(NotFound):
        operations.search(OperationQuery(tenant="south"), actor=NORTH)


def test_a_list_stays_in_its_workspace(world: World) -> None:
    queue(world, "pkg_1", workspace="globex")
    assert ids(world) == []


def test_a_list_believes_the_record_and_not_the_index(world: World) -> None:
    run = queue(world, "pkg_1")
    item = world.table.items[store.pk("acme", run), store.STATE]
    ended = json.loads(item["data"]["S"]) | {"status": "completed", "outcome": "failed"}
    item["data"] = {"S": json.dumps(ended)}
    assert ids(world, status=OperationStatus.QUEUED) == []
    assert ids(world, active=True) == []
    assert ids(world) == [run]


def test_a_position_is_good_for_its_own_list_only(world: World, everything: dict[str, str]) -> None:
    assert everything
    with world.at():
        page = operations.search(OperationQuery(limit=1), actor=make_actor())
        other = OperationQuery(limit=1, active=True, cursor=page.next_cursor)
        with pytest.raises(Invalid):
            operations.search(other, actor=make_actor())


def test_an_answer_reads_at_most_three_times_what_it_returns(
    world: World, everything: dict[str, str]
) -> None:
    world.table.calls.clear()
    with world.at():
        operations.search(OperationQuery(outcome=Outcome.SUCCEEDED, limit=1), actor=make_actor())
    assert world.table.calls["Query"] <= 3
    assert everything


def test_a_run_is_shown_with_its_timeline(world: World) -> None:
    run = queue(world, "pkg_1")
    finish_all(world, DeliveryOrder.FINISH)
    with world.at():
        shown = operations.get(run, actor=make_actor())
    assert [event.action for event in shown.timeline] == [Action.QUEUED, Action.STARTED, Action.COMPLETED]
    assert shown.freshness is Freshness.TERMINAL_NORMAL


@pytest.mark.parametrize(
    "reader",
    [make_actor(workspace="globex"), make_actor(tenants=frozenset({"north"}))],
    ids=["workspace", "tenant"],
)
def test_a_run_that_the_reader_may_not_see_is_not_there(world: World, reader: Actor) -> None:
    run = queue(world, "pkg_1", tenant="south")
    for verb in (operations.get, operations.find, operations.cancel):
        with world.at(), pytest.raises(NotFound):
            verb(run, actor=reader)
    assert world.operation(run).active


def test_a_summary_counts_by_status_freshness_and_what_was_reconciled(
    world: World, everything: dict[str, str]
) -> None:
    found = summary(world)
    assert found.complete
    assert found.by_status == {"queued": 1, "running": 2, "completed": 3}
    assert found.by_freshness == {
        "fresh_active": 2,
        "likely_stale": 1,
        "reconciled_failed": 1,
        "terminal_normal": 2,
        "unknown": 0,
    }
    (reconciled,) = found.reconciled
    assert (reconciled.day, reconciled.type, reconciled.count) == ("2026-03-14", OTHER, 1)
    assert sum(found.by_status.values()) == len(everything)


def test_a_summary_counts_only_what_the_reader_may_see_and_seven_days(
    world: World, everything: dict[str, str]
) -> None:
    assert sum(summary(world, actor=NORTH).by_status.values()) == len(everything) - 1
    world.pass_time(7 * 86_400 + 1)
    assert sum(summary(world).by_status.values()) == 0


@pytest.mark.long
def test_a_summary_of_too_many_runs_says_that_it_is_not_complete(world: World) -> None:
    with world.at():
        keep([make_operation() for _ in range(operations.SUMMARY_LIMIT + 1)])
    found = summary(world)
    assert not found.complete
    assert found.by_status[OperationStatus.QUEUED] == operations.SUMMARY_LIMIT


def test_a_queued_run_that_is_cancelled_ends_at_once(world: World) -> None:
    run = queue(world, "pkg_1")
    world.cancel(run)
    ended = world.operation(run)
    assert (ended.outcome, [failure.code for failure in ended.failures]) == (Outcome.FAILED, [CANCELLED])
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    assert hired.claim is None
    assert world.queue.waiting == []
    assert broken(world) == []


def test_a_running_run_that_is_cancelled_is_flagged_once(world: World) -> None:
    run = queue(world, "pkg_1")
    finish_all(world)
    world.cancel(run)
    flagged = world.operation(run)
    world.cancel(run)
    assert (flagged.status, flagged.cancel_requested_by) == (OperationStatus.RUNNING, "ada")
    assert world.operation(run) == flagged
    with world.at():
        shown = operations.get(run, actor=make_actor())
    assert [event.action for event in shown.timeline].count(Action.CANCEL_REQUESTED) == 1
    assert broken(world) == []


def test_a_run_that_is_over_is_not_cancelled(world: World) -> None:
    run = queue(world, "pkg_1")
    finish_all(world, DeliveryOrder.FINISH)
    before = dict(world.table.items)
    with world.at():
        answered = operations.cancel(run, actor=make_actor())
    assert answered.outcome is Outcome.SUCCEEDED
    assert world.table.items == before


def test_a_run_that_is_claimed_as_it_is_cancelled_is_flagged(world: World) -> None:
    run = queue(world, "pkg_1")

    def claim_once(operation: str, *_: object) -> None:
        if operation == "GetItem":
            world.wire.tapped = None
            finish_all(world)

    world.wire.tapped = claim_once
    world.cancel(run)
    assert world.operation(run).cancel_requested_by == "ada"
    assert POLICIES[KIND].max_attempts > 1
    assert broken(world) == []
