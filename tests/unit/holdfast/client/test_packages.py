import json

import httpx
import pytest

from holdfast.api.operations import Failure, Outcome
from holdfast.errors import ApiError, InputError, OperationFailed
from holdfast.sdk import Client
from tests.support.fakes.api import FakeApi
from tests.support.fakes.operations import make_ended

FIELDS = {"kind": "junit", "producer": "nightly", "name": "n"}


def test_a_created_package_is_typed(client: Client) -> None:
    package = client.packages.create(**FIELDS, retention_class="release-evidence")
    assert (package.id, package.kind, package.status, package.retention_class) == (
        "pkg_1",
        "junit",
        "created",
        "release-evidence",
    )


def test_a_create_whose_answer_was_lost_makes_one_package(api: FakeApi, client: Client) -> None:
    lost: list[httpx.Request] = []

    def lose_the_first(request: httpx.Request) -> httpx.Response | None:
        if not lost:
            lost.append(request)
            api.arrived(request)
            raise httpx.ReadTimeout("lost", request=request)
        return None

    api.interceptors.append(lose_the_first)
    assert client.packages.create(**FIELDS).id == "pkg_1"
    assert list(api.packages) == ["pkg_1"]


def test_two_creates_are_two_packages(client: Client) -> None:
    assert client.packages.create(**FIELDS).id != client.packages.create(**FIELDS).id


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({**FIELDS, "kind": "No Slug"}, "kind"),
        ({"kind": "junit", "producer": "nightly"}, "name"),
        ({**FIELDS, "retention_class": "for-ever"}, "retention_class"),
        ({**FIELDS, "metadata": {"much": "x" * 70_000}}, "65536"),
        ({**FIELDS, "colour": "red"}, "colour"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named_before_anything_is_sent(
    api: FakeApi, client: Client, fields: dict[str, object], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        client.packages.create(**fields)
    assert api.requests == []


def test_a_list_is_fetched_page_by_page(api: FakeApi, client: Client) -> None:
    for _ in range(5):
        client.packages.create(**FIELDS)
    api.requests.clear()
    assert [package.id for package in client.packages.list()] == ["pkg_5", "pkg_4", "pkg_3", "pkg_2", "pkg_1"]
    assert api.requested() == ["GET /packages"] * 3


def test_a_list_is_fetched_only_as_far_as_it_is_read(api: FakeApi, client: Client) -> None:
    for _ in range(5):
        client.packages.create(**FIELDS)
    api.requests.clear()
    next(client.packages.list(kind="junit"))
    assert api.requested() == ["GET /packages"]


def test_a_filter_that_breaks_a_rule_is_named(client: Client) -> None:
    with pytest.raises(InputError, match="status"):
        next(client.packages.list(status="lost"))


def test_filters_travel_as_text(api: FakeApi, client: Client) -> None:
    list(client.packages.list(kind="junit", status="finalized"))
    params = api.requests[0].url.params
    assert (params["kind"], params["status"], params["limit"]) == ("junit", "finalized", "200")


def test_events_are_fetched_page_by_page(client: Client) -> None:
    package = client.packages.create(**FIELDS)
    assert [event.seq for event in client.packages.events(package.id)] == [1, 2, 3]


def test_a_failed_package_says_why(client: Client) -> None:
    package = client.packages.create(**FIELDS)
    assert client.packages.fail(package.id, "the rig lost power").failure is not None
    with pytest.raises(InputError, match="reason"):
        client.packages.fail(package.id, "")


def test_an_id_cannot_leave_its_place_in_the_address(api: FakeApi, client: Client) -> None:
    with pytest.raises(ApiError):
        client.packages.get("../operations/op_1")
    assert api.requests[0].url.raw_path == b"/api/packages/..%2Foperations%2Fop_1"


def test_a_queued_finalize_is_waited_for(api: FakeApi, client: Client, waits: list[float]) -> None:
    api.queued = True
    package = client.packages.create(**FIELDS)
    assert client.packages.finalize(package.id).status == "finalized"
    assert api.operations.polls == 3
    assert waits == sorted(waits)


def test_a_queued_finalize_that_fails_tells_the_reasons(api: FakeApi, client: Client) -> None:
    api.queued = True
    package = client.packages.create(**FIELDS)
    missing = Failure(code="INCOMPLETE_PACKAGE", message="1 file is missing")
    api.operations.runs["op_1"] = [make_ended(missing, outcome=Outcome.FAILED)]
    with pytest.raises(OperationFailed, match="INCOMPLETE_PACKAGE: 1 file is missing"):
        client.packages.finalize(package.id)


def test_only_a_create_carries_an_idempotency_key(api: FakeApi, client: Client) -> None:
    package = client.packages.create(**FIELDS)
    client.packages.finalize(package.id)
    keys = [request.headers.get("idempotency-key") for request in api.requests]
    assert keys[0]
    assert keys[1] is None


def test_a_create_sends_only_what_was_said(api: FakeApi, client: Client) -> None:
    client.packages.create(**FIELDS)
    assert json.loads(api.requests[0].content) == FIELDS
