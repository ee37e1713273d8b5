"""Operations over HTTP: lists with each filter and page by page, one run, the counts, cancelling."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from chalicelib.core import clock
from chalicelib.operations.models.operation import Action
from chalicelib.operations.service import reconciliation
from holdfast.api.operations import CANCELLED, OperationType
from tests.support.api import Api
from tests.support.factories import make_member_token
from tests.support.operations.stages import current, ended, overdue, queued, running, silent
from tests.support.problems import assert_problem, without_id
from tests.support.served import answered

FINALIZE = OperationType.PACKAGE_FINALIZE
ABSENT = "op_01ARZ3NDEKTSV4RRFFQ69G5FAV"
BLUE = make_member_token("owner", tenants=("blue",))


def listed(api: Api, *, limit: int = 50, **query: Any) -> list[str]:
    """The ids of a list over all its pages, none of which is longer than `limit`."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = answered(api.get(f"/operations?{urlencode({**query, 'limit': limit, **cursor})}"))
        assert len(page["items"]) <= limit
        found += [operation["id"] for operation in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.fixture
def everything(api: Api) -> dict[str, str]:
    """One run of each kind, by what it is, the oldest first."""
    assert api
    found = {"reconciled": overdue("pkg_1", kind=FINALIZE, tenant="blue").id}
    reconciliation.sweep()
    found["silent"] = silent("pkg_2", tenant="red").operation.id
    found["ended"] = ended("pkg_3").id
    found["running"] = running("pkg_4", kind=FINALIZE).operation.id
    found["queued"] = queued("pkg_5").id
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["queued", "running", "ended", "silent", "reconciled"]),
        ({"type": "package.finalize"}, ["running", "reconciled"]),
        ({"status": "queued"}, ["queued"]),
        ({"status": "running"}, ["running", "silent"]),
        ({"status": "completed"}, ["ended", "reconciled"]),
        ({"outcome": "succeeded"}, ["ended"]),
        ({"outcome": "blocked"}, []),
        ({"freshness": "fresh_active"}, ["queued", "running"]),
        ({"freshness": "likely_stale"}, ["silent"]),
        ({"freshness": "reconciled_failed"}, ["reconciled"]),
        ({"freshness": "terminal_normal"}, ["ended"]),
        ({"tenant": "red"}, ["silent"]),
        ({"active": "true"}, ["queued", "running", "silent"]),
        ({"active": "false"}, ["ended", "reconciled"]),
        ({"type": "package.finalize", "active": "true", "status": "running"}, ["running"]),
    ],
    ids=str,
)
def test_each_filter_narrows_the_list_and_pages_add_up_to_it(
    api: Api, everything: dict[str, str], query: dict[str, str], expected: list[str]
) -> None:
    for limit in (1, 2, 200):
        assert listed(api, limit=limit, **query) == [everything[name] for name in expected]


@pytest.mark.parametrize(
    "query",
    [
        "type=nothing",
        "type=",
        "status=ended",
        "outcome=green",
        "freshness=stale",
        "tenant=",
        "active=maybe",
        "limit=201",
        "limit=ten",
        "cursor=edited",
        "status=queued&status=running",
    ],
)
def test_a_filter_that_there_is_not_is_refused(api: Api, query: str) -> None:
    answer = api.get(f"/operations?{query}")
    assert answer.status == 422
    assert_problem(answer.json, status=422)


def test_a_position_in_one_list_is_none_in_another(api: Api, everything: dict[str, str]) -> None:
    assert everything
    cursor = quote(answered(api.get("/operations?limit=1"))["next_cursor"])
    assert api.get(f"/operations?limit=2&cursor={cursor}").status == 200
    refused = api.get(f"/operations?active=true&cursor={cursor}")
    assert (refused.status, refused.code) == (422, "INVALID_CURSOR")


def test_a_list_shows_only_runs_of_tenants_that_the_reader_may_see(
    api: Api, everything: dict[str, str]
) -> None:
    reader = api.asked_by(BLUE)
    assert listed(reader) == [everything[name] for name in ("queued", "running", "ended", "reconciled")]
    assert listed(reader, tenant="blue") == [everything["reconciled"]]


def test_a_list_of_a_tenant_that_is_not_the_readers_answers_as_what_does_not_exist(api: Api) -> None:
    missing = api.get(f"/operations/{ABSENT}")
    refused = api.asked_by(BLUE).get("/operations?tenant=red")
    assert refused.status == 404
    assert without_id(refused.json) == without_id(missing.json)


def test_a_run_is_shown_with_what_it_means_what_to_do_and_what_happened(api: Api) -> None:
    run = running(tenant="red").operation
    shown = answered(api.get(f"/operations/{run.id}"))
    assert (shown["status"], shown["tenant"], shown["freshness"]) == ("running", "red", "fresh_active")
    assert (shown["reason"]["code"], shown["reason"]["label"]) == ("run.fresh_active", "Running")
    assert shown["next_steps"] == [f"Follow it: `holdfast ops watch {run.id}`."]
    assert [(event["seq"], event["action"]) for event in shown["timeline"]] == [
        (1, Action.QUEUED),
        (2, Action.STARTED),
    ]


def test_a_run_that_was_ended_from_outside_says_so_with_the_evidence(
    api: Api, everything: dict[str, str]
) -> None:
    shown = answered(api.get(f"/operations/{everything['reconciled']}"))
    assert (shown["outcome"], shown["freshness"]) == ("failed", "reconciled_failed")
    assert shown["reconciliation"]["reason_code"] == shown["reason"]["code"] == "run.stale_queued"
    assert shown["reconciliation"]["evidence"]["attempts"] == 0
    assert [event["action"] for event in shown["timeline"]] == [Action.QUEUED, Action.RECONCILED]


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("POST", "/cancel")])
def test_a_run_of_a_tenant_that_is_not_the_askers_answers_as_one_that_does_not_exist(
    api: Api, method: str, verb: str
) -> None:
    run = queued(tenant="red")
    stranger = api.asked_by(BLUE)
    there, missing = (stranger.request(method, f"/operations/{name}{verb}") for name in (run.id, ABSENT))
    assert there.status == missing.status == 404
    assert without_id(there.json) == without_id(missing.json)
    assert current(run) == run


def test_the_summary_counts_what_the_reader_may_see(api: Api, everything: dict[str, str]) -> None:
    assert everything
    counted = answered(api.get("/operations/summary"))
    assert counted["complete"] is True
    assert counted["by_status"] == {"queued": 1, "running": 2, "completed": 2}
    assert counted["by_freshness"] == {
        "fresh_active": 2,
        "likely_stale": 1,
        "reconciled_failed": 1,
        "terminal_normal": 1,
        "unknown": 0,
    }
    assert [(found["type"], found["count"]) for found in counted["reconciled"]] == [("package.finalize", 1)]
    of_red = answered(api.asked_by(make_member_token("viewer", tenants=("red",))).get("/operations/summary"))
    assert (of_red["by_status"]["completed"], of_red["reconciled"]) == (1, [])


def test_the_summary_takes_no_query(api: Api) -> None:
    assert api.asked_by(make_member_token("viewer", tenants=())).get("/operations/summary").status == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 403), ("manager", 200)])
def test_only_who_manages_operations_cancels_one(api: Api, role: str, status: int) -> None:
    run = queued()
    answer = api.asked_by(make_member_token(role)).post(f"/operations/{run.id}/cancel")
    assert answer.status == status
    assert current(run).active == (status == 403)
    if status == 403:
        assert answer.json["details"] == {"scope": "operations:manage"}
        assert_problem(answer.json, status=403)


def test_a_queued_run_is_cancelled_at_once_and_again_is_nothing_to_do(api: Api) -> None:
    run = queued()
    first, again = (answered(api.post(f"/operations/{run.id}/cancel")) for _ in range(2))
    assert (first["status"], first["outcome"]) == ("completed", "failed")
    assert [failure["code"] for failure in first["failures"]] == [CANCELLED]
    assert (first["reason"]["label"], first["next_steps"]) == ("Cancelled", [])
    assert again == first


def test_a_running_run_is_asked_to_stop_and_goes_on_until_its_next_renewal(api: Api) -> None:
    claim = running()
    shown = answered(api.post(f"/operations/{claim.operation.id}/cancel"))
    assert (shown["status"], shown["cancel_requested_by"]) == ("running", "ada")
    claim.stop()
    assert [failure.code for failure in current(claim.operation).failures] == [CANCELLED]


def test_a_run_that_is_over_is_answered_as_it_is(api: Api) -> None:
    run = ended()
    before = answered(api.get(f"/operations/{run.id}"))
    assert answered(api.post(f"/operations/{run.id}/cancel"))["outcome"] == "succeeded"
    assert answered(api.get(f"/operations/{run.id}")) == before


def test_a_run_that_grows_old_while_nobody_writes_to_it_is_shown_as_stale(api: Api) -> None:
    run = queued()
    with clock.freeze(clock.now() + timedelta(hours=1)):
        shown = answered(api.get(f"/operations/{run.id}"))
    assert (shown["status"], shown["freshness"]) == ("queued", "likely_stale")
