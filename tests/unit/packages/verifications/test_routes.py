"""POST verify and GET verifications: who may ask, what is refused, and verdicts page by page."""

from urllib.parse import quote

import pytest

from tests.support.packages.spoiling import FILES, Finalized
from tests.support.problems import assert_problem, without_id
from tests.support.served import Served, answered, deliver

ABSENT_PACKAGE = "pkg_01ARZ3NDEKTSV4RRFFQ69G5FAV"
ABSENT_RUN = "op_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def done(finalized: Finalized) -> str:
    """A verification that has ended; the id of its run."""
    operation_id = finalized.ask()
    assert deliver(*finalized.served.messages()) == []
    return operation_id


def test_a_verification_is_queued_with_the_packages_own_event(finalized: Finalized) -> None:
    answer = answered(finalized.served.api.post(f"/packages/{finalized.id}/verify"), 202)
    assert answer["package_id"] == finalized.id
    run = finalized.served.operation(answer["operation_id"])
    assert (run["type"], run["status"]) == ("package.verify", "queued")
    assert run["subject"] == {"kind": "package", "id": finalized.id}
    last = finalized.served.chain(finalized.id)[-1]
    assert (last.action, last.payload) == ("packages:verification:queued", {"operation_id": run["id"]})


def test_asked_again_while_it_is_active_it_is_the_same_run_and_afterwards_another(
    finalized: Finalized,
) -> None:
    first = finalized.ask()
    assert finalized.ask() == first
    (message,) = finalized.served.messages()
    assert deliver(message) == []
    assert finalized.ask() != first


@pytest.mark.parametrize("status", ["created", "uploading", "failed"])
def test_only_a_finalized_package_is_verified(served: Served, status: str) -> None:
    package_id = served.create()
    if status == "uploading":
        served.upload(package_id, FILES)
    if status == "failed":
        answered(served.api.post(f"/packages/{package_id}/fail", {"reason": "over"}))
    answer = served.api.post(f"/packages/{package_id}/verify")
    assert (answer.status, answer.code) == (409, "INVALID_STATE")
    assert answer.json["details"] == {"status": status}
    assert served.messages() == []


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 202)])
def test_only_who_writes_packages_has_one_verified(finalized: Finalized, role: str, status: int) -> None:
    asker = finalized.served.api.asked_by(finalized.served.token(role=role))
    answer = asker.post(f"/packages/{finalized.id}/verify")
    assert answer.status == status
    assert len(finalized.served.messages()) == (status == 202)
    if status == 403:
        assert answer.json["details"] == {"scope": "packages:write"}


def test_a_viewer_reads_verdicts(finalized: Finalized) -> None:
    operation_id = done(finalized)
    viewer = finalized.served.api.asked_by(finalized.served.token(role="viewer"))
    assert len(answered(viewer.get(f"/packages/{finalized.id}/verifications/{operation_id}"))["items"]) == 5


def test_a_package_of_a_tenant_that_is_not_the_askers_answers_as_one_that_does_not_exist(
    served: Served,
) -> None:
    finalized = Finalized(served, served.finalized(FILES, subject={"tenant": "red"})["id"])
    operation_id = done(finalized)
    stranger = served.api.asked_by(served.token(tenants=["blue"]))
    for verb, target in [("POST", "verify"), ("GET", f"verifications/{operation_id}")]:
        there = stranger.request(verb, f"/packages/{finalized.id}/{target}")
        missing = stranger.request(verb, f"/packages/{ABSENT_PACKAGE}/{target}")
        assert there.status == missing.status == 404
        assert without_id(there.json) == without_id(missing.json)
    assert served.messages() == []


def test_a_verification_is_shown_under_its_own_package_only(finalized: Finalized) -> None:
    operation_id = done(finalized)
    other = finalized.served.finalized(FILES)["id"]
    for target in (f"{other}/verifications/{operation_id}", f"{finalized.id}/verifications/{ABSENT_RUN}"):
        answer = finalized.served.api.get(f"/packages/{target}")
        assert answer.status == 404
        assert_problem(answer.json, status=404)


def test_a_run_that_is_no_verification_has_no_verdicts(large_unsealed: Finalized) -> None:
    answer = answered(large_unsealed.served.finalize(large_unsealed.id), 202)
    target = f"/packages/{large_unsealed.id}/verifications/{answer['operation_id']}"
    assert large_unsealed.served.api.get(target).status == 404


@pytest.fixture
def large_unsealed(served: Served) -> Finalized:
    """A package whose finalizing is queued, for it is long to prove."""
    package_id = served.create()
    body = {"files": [{"path": "large", "sha256": "0" * 64, "size": 1024**3}]}
    answered(served.api.post(f"/packages/{package_id}/uploads", body))
    return Finalized(served, package_id)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=edited", "verdict=bad"])
def test_a_query_that_breaks_a_rule_is_refused(finalized: Finalized, query: str) -> None:
    answer = finalized.served.api.get(f"/packages/{finalized.id}/verifications/{finalized.ask()}?{query}")
    assert answer.status == 422
    assert_problem(answer.json, status=422)


def test_before_its_worker_a_verification_has_no_verdicts(finalized: Finalized) -> None:
    assert finalized.verdicts_by_path(finalized.ask()) == {}


@pytest.mark.parametrize("limit", [1, 3, 150, 199, 200])
def test_verdicts_come_by_path_page_after_page(large: Finalized, limit: int) -> None:
    operation_id = done(large)
    target = f"/packages/{large.id}/verifications/{operation_id}"
    if limit < 10:
        pages = [f"{number:04d}" for number in range(limit)]
        found = answered(large.served.api.get(f"{target}?limit={limit}"))["items"]
    else:
        pages = [f"{number:04d}" for number in range(401)]
        found = large.served.pages(target, limit=limit)
    assert [verdict["path"] for verdict in found] == pages


def test_a_position_in_one_verification_is_none_in_another(finalized: Finalized) -> None:
    first, second = done(finalized), done(finalized)
    target = f"/packages/{finalized.id}/verifications"
    cursor = quote(answered(finalized.served.api.get(f"{target}/{first}?limit=2"))["next_cursor"])
    refused = finalized.served.api.get(f"{target}/{second}?cursor={cursor}")
    assert (refused.status, refused.code) == (422, "INVALID_CURSOR")
