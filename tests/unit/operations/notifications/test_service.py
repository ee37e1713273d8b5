"""One notice for each run that ended, for whoever asked; none for scheduled work."""

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.service import lifecycle, notifications
from chalicelib.operations.store.notifications import KEPT_S
from holdfast.api.notifications import Notification, NotificationQuery
from holdfast.api.operations import Outcome, Reason, Subject
from tests.support.factories import WORKSPACE, make_actor
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.truths import broken
from tests.support.faults.world import BROKEN, KIND, DeliveryOrder, World


def notices(world: World, user_id: str = "ada", *, workspace: str = WORKSPACE) -> list[Notification]:
    with world.at():
        reader = make_actor(user_id=user_id, workspace=workspace)
        return notifications.search(NotificationQuery(), actor=reader).items


def finish_all(world: World, order: DeliveryOrder) -> None:
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    hired.resume(order)


def test_a_run_that_ends_leaves_one_notice_for_who_asked(world: World) -> None:
    run = world.request()
    assert notices(world) == []
    finish_all(world, DeliveryOrder.FINISH)
    (notice,) = notices(world)
    assert (notice.operation_id, notice.type, notice.outcome) == (run, KIND, Outcome.SUCCEEDED)
    assert (notice.subject, notice.at) == (Subject(kind="package", id="pkg_1"), world.now)
    assert notice.reason.label == "Succeeded"


@pytest.mark.parametrize("end", ["worker", "sweep", "cancel", "bridge"])
def test_however_a_run_ends_there_is_one_notice(world: World, end: str) -> None:
    run = world.request()
    if end == "worker":
        finish_all(world, DeliveryOrder.BREAK)
    if end == "cancel":
        world.cancel(run)
        world.cancel(run)
    if end == "bridge":
        world.queue.dead = list(world.queue.waiting)
        world.bridge()
    world.pass_time(longest_wait_s())
    world.sweep()
    assert [notice.operation_id for notice in notices(world)] == [run]
    assert broken(world) == []


def test_a_notice_says_why_in_the_words_of_every_face(world: World) -> None:
    world.request()
    world.pass_time(longest_wait_s())
    world.sweep()
    (notice,) = notices(world)
    assert notice.reason.code == Reason.STALE_QUEUED
    assert notice.reason.label == "Run never started"


def test_a_failure_of_the_work_itself_reads_as_one(world: World) -> None:
    run = world.request()
    finish_all(world, DeliveryOrder.BREAK)
    (notice,) = notices(world)
    assert (notice.outcome, notice.reason.code) == (Outcome.FAILED, "run.failed")
    assert world.operation(run).failures[0].code == BROKEN


def test_scheduled_work_leaves_no_notice(world: World) -> None:
    with world.at(), transact() as transaction:
        order = lifecycle.OperationRequest(KIND, Subject(kind="package", id="pkg_1"), {})
        queued = lifecycle.queue(transaction, order, actor=lifecycle.system(WORKSPACE))
    with world.at():
        lifecycle.send(queued.outbox)
    finish_all(world, DeliveryOrder.FINISH)
    assert world.kept("notification") == []
    assert broken(world) == []


def test_a_notice_is_its_readers_alone(world: World) -> None:
    world.request(actor=make_actor(user_id="grace"))
    finish_all(world, DeliveryOrder.FINISH)
    assert len(notices(world, "grace")) == 1
    assert notices(world, "ada") == notices(world, "grace", workspace="globex") == []


def test_notices_are_listed_newest_first_page_by_page(world: World) -> None:
    asked = []
    for number in range(5):
        asked.append(world.request(f"pkg_{number}"))
        world.pass_time(1)
        finish_all(world, DeliveryOrder.FINISH)
    found: list[str] = []
    cursor = None
    with world.at():
        while True:
            page = notifications.search(NotificationQuery(limit=2, cursor=cursor), actor=make_actor())
            found += [notice.operation_id for notice in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert found == asked[::-1]


def test_what_ended_last_comes_first_whenever_it_began(world: World) -> None:
    first = world.request("pkg_1")
    world.pass_time(1)
    second = world.request("pkg_2")
    by_run = {mail.body: mail for mail in world.queue.visible()}
    for run in (second, first):
        hired = world.hire(next(mail for body, mail in by_run.items() if run in body))
        assert hired is not None
        world.pass_time(1)
        hired.resume(DeliveryOrder.FINISH)
    assert [notice.operation_id for notice in notices(world)] == [first, second]


def test_a_readers_position_is_good_for_no_other_reader(world: World) -> None:
    for number in range(2):
        world.request(f"pkg_{number}")
        finish_all(world, DeliveryOrder.FINISH)
    with world.at():
        page = notifications.search(NotificationQuery(limit=1), actor=make_actor())
        query = NotificationQuery(limit=1, cursor=page.next_cursor)
        with pytest.raises(Invalid):
            notifications.search(query, actor=make_actor(user_id="grace"))


def test_a_notice_goes_by_itself_after_ninety_days(world: World) -> None:
    world.request()
    finish_all(world, DeliveryOrder.FINISH)
    (item,) = world.table.of_kind("notification")
    assert int(item["ttl"]["N"]) == int(world.now.timestamp()) + KEPT_S
