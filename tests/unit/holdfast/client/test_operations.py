"""Queued work through the SDK: typed, page by page, followed until it has ended."""

import pytest

from holdfast.api.operations import Failure, Outcome
from holdfast.errors import ApiError, InputError, Unreachable
from holdfast.sdk import Client
from tests.support.fakes.api import FakeApi
from tests.support.fakes.operations import make_ended, make_notice, make_operation, make_running

FIVE = [f"op_{number}" for number in range(5)]


@pytest.fixture
def five(api: FakeApi) -> None:
    """Five queued runs."""
    api.operations.runs = {name: [make_operation(id=name)] for name in FIVE}


def test_a_run_is_typed_and_tells_what_it_means(client: Client) -> None:
    operation = client.operations.get("op_1")
    assert operation.active
    assert (operation.freshness, operation.reason.label) == ("fresh_active", "Running")
    assert operation.next_steps == ["Follow it: `holdfast ops watch op_1`."]
    assert [event.action for event in operation.timeline] == ["operations:run:queued"]


def test_a_run_that_is_not_there_is_refused(client: Client) -> None:
    with pytest.raises(ApiError, match="NOT_FOUND"):
        client.operations.get("op_none")


@pytest.mark.usefixtures("five")
def test_runs_are_listed_over_all_pages(api: FakeApi, client: Client) -> None:
    assert [operation.id for operation in client.operations.list()] == FIVE
    assert api.requested() == ["GET /operations"] * 3


@pytest.mark.usefixtures("five")
def test_runs_are_filtered_by_what_the_service_knows(api: FakeApi, client: Client) -> None:
    api.operations.runs["op_2"] = [make_ended(id="op_2")]
    assert [operation.id for operation in client.operations.list(active=False)] == ["op_2"]
    assert [operation.id for operation in client.operations.list(outcome="succeeded")] == ["op_2"]
    assert list(client.operations.list(type="package.verify")) == []


def test_a_filter_that_there_is_not_is_refused_before_anything_is_sent(api: FakeApi, client: Client) -> None:
    with pytest.raises(InputError, match="INVALID_REQUEST"):
        list(client.operations.list(status="lost"))
    assert api.requests == []


def test_the_summary_counts(client: Client) -> None:
    summary = client.operations.summary()
    assert summary.by_status == {"queued": 2}
    assert [(day.day, day.type, day.count) for day in summary.reconciled] == [
        ("2026-03-14", "package.verify", 4)
    ]


def test_a_dry_sweep_changes_nothing_and_a_sweep_does(api: FakeApi, client: Client) -> None:
    api.operations.stick(make_operation())
    assert client.operations.reconcile(dry_run=True).reconciled == 1
    assert client.operations.reconcile(types=["package.verify"]).inspected == 0
    assert client.operations.reconcile().changes[0].reason_code == "run.stale_queued"
    assert client.operations.reconcile().inspected == 0


def test_a_queued_run_is_cancelled_at_once(api: FakeApi, client: Client) -> None:
    api.operations.runs["op_1"] = [make_operation()]
    cancelled = client.operations.cancel("op_1")
    assert (cancelled.active, cancelled.reason.code) == (False, "run.cancelled")


def test_notices_are_listed_over_all_pages(api: FakeApi, client: Client) -> None:
    api.operations.notices = [make_notice(make_ended(id=name)) for name in FIVE]
    assert [notice.operation_id for notice in client.operations.notifications()] == FIVE


def test_watching_gives_every_state_until_and_with_the_end(
    api: FakeApi, client: Client, waits: list[float]
) -> None:
    api.operations.runs["op_1"] = [make_operation(), make_running(2), make_running(4), make_ended()]
    seen = [(operation.status, operation.progress.done) for operation in client.operations.watch("op_1")]
    assert seen == [("queued", 0), ("running", 2), ("running", 4), ("completed", 5)]
    assert len(waits) == 3


def test_waiting_gives_the_run_however_it_ended_and_asks_ever_more_slowly(
    api: FakeApi, client: Client, waits: list[float]
) -> None:
    failure = Failure(code="FILE_BAD", message="a: its SHA-256 is another")
    ended = make_ended(failure, outcome=Outcome.FAILED)
    api.operations.runs["op_1"] = [*[make_running()] * 12, ended]
    assert client.operations.wait("op_1").failures == [failure]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.2, 3.0)


def test_waiting_can_be_bounded(client: Client) -> None:
    with pytest.raises(Unreachable, match="NOT_ENDED"):
        client.operations.wait("op_1", timeout_s=0.1)


def test_an_operations_id_cannot_leave_its_place_in_the_address(api: FakeApi, client: Client) -> None:
    with pytest.raises(ApiError):
        client.operations.get("../packages/pkg_1")
    assert api.requests[0].url.raw_path == b"/api/operations/..%2Fpackages%2Fpkg_1"
