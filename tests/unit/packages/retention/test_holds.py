"""Holds are cases: named, several at once, each with its reason; released once, by who may."""

from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from holdfast.api.retention import MAX_HOLDS
from tests.support.api import Answer, Api
from tests.support.served import Served, answered

FILES = {"a": b"alpha"}


@pytest.fixture
def package_id(served: Served) -> str:
    """A finalized package."""
    return str(served.finalized(FILES)["id"])


def hold(served: Served, package_id: str, name: str = "case-7", *, api: Api | None = None) -> Answer:
    body = {"name": name, "reason": "a dispute"}
    return (api or served.api).post(f"/packages/{package_id}/holds", body)


def release(served: Served, package_id: str, name: str = "case-7", *, api: Api | None = None) -> Answer:
    target = f"/packages/{package_id}/holds/{name}"
    return (api or served.api).request("DELETE", target, body={"reason": "settled"})


def test_a_hold_is_shown_with_its_reason_and_owner(served: Served, package_id: str) -> None:
    shown = answered(hold(served, package_id), 201)
    [found] = shown["holds"]
    assert (found["name"], found["reason"], found["applied_by"]) == ("case-7", "a dispute", "ada")
    assert found["event"] == served.pages(f"/packages/{package_id}/events")[-1]["id"]
    assert served.show(package_id) == shown


def test_several_holds_stand_side_by_side_and_go_one_by_one(served: Served, package_id: str) -> None:
    for name in ("case-7", "case-8"):
        answered(hold(served, package_id, name), 201)
    shown = answered(release(served, package_id))
    assert [found["name"] for found in shown["holds"]] == ["case-8"]


def test_holds_are_in_the_chain(served: Served, package_id: str) -> None:
    answered(hold(served, package_id), 201)
    answered(release(served, package_id))
    applied, released = served.pages(f"/packages/{package_id}/events")[-2:]
    assert (applied["type"], applied["before"], applied["after"]) == ("hold_applied", [], ["case-7"])
    assert (released["type"], released["before"], released["after"]) == ("hold_released", ["case-7"], [])
    assert (applied["reason"], released["reason"]) == ("a dispute", "settled")
    assert first_bad(served.chain(package_id)) is None


def test_the_same_name_again_is_refused_and_nothing_changes(served: Served, package_id: str) -> None:
    answered(hold(served, package_id), 201)
    before = served.everything(package_id)
    answer = hold(served, package_id)
    assert (answer.status, answer.code) == (409, "HOLD_EXISTS")
    assert answer.json["details"]["hold"]["reason"] == "a dispute"
    assert served.everything(package_id) == before


@pytest.mark.parametrize("name", ["case-8", "CASE-7", "case-7 ", "%20", "x" * 65])
def test_releasing_a_hold_that_is_not_there_is_refused_and_nothing_changes(
    served: Served, package_id: str, name: str
) -> None:
    answered(hold(served, package_id), 201)
    before = served.everything(package_id)
    answer = release(served, package_id, name.replace(" ", "%20"))
    assert (answer.status, answer.code) == (404, "HOLD_NOT_FOUND")
    assert answer.json["details"]["holds"] == ["case-7"]
    assert served.everything(package_id) == before


def test_a_hold_is_released_once(served: Served, package_id: str) -> None:
    answered(hold(served, package_id), 201)
    answered(release(served, package_id))
    assert release(served, package_id).code == "HOLD_NOT_FOUND"
    answered(hold(served, package_id), 201)


def test_a_release_wants_a_reason(served: Served, package_id: str) -> None:
    answered(hold(served, package_id), 201)
    target = f"/packages/{package_id}/holds/case-7"
    assert served.api.request("DELETE", target, body={}).code == "INVALID_REQUEST"
    assert served.api.request("DELETE", target).code == "INVALID_REQUEST"
    assert len(served.show(package_id)["holds"]) == 1


@pytest.mark.parametrize("name", ["", "Case", "a b", "x" * 65, "-a"])
def test_a_name_that_is_no_slug_is_refused(served: Served, package_id: str, name: str) -> None:
    assert hold(served, package_id, name).code == "INVALID_REQUEST"


def test_there_are_only_so_many_holds(served: Served, package_id: str) -> None:
    for number in range(MAX_HOLDS):
        answered(hold(served, package_id, f"case-{number}"), 201)
    answer = hold(served, package_id, "one-more")
    assert (answer.status, answer.code) == (422, "TOO_MANY_HOLDS")
    assert len(served.show(package_id)["holds"]) == MAX_HOLDS


def test_an_operator_applies_and_a_manager_releases(served: Served, package_id: str) -> None:
    operator, manager = (served.api.asked_by(served.token(role=role)) for role in ("operator", "manager"))
    assert hold(served, package_id, api=operator).status == 201
    assert release(served, package_id, api=operator).status == 403
    assert release(served, package_id, api=manager).status == 200


def test_another_tenants_package_is_not_there(served: Served) -> None:
    package: dict[str, Any] = served.finalized(FILES, subject={"tenant": "blue"})
    red = served.api.asked_by(served.token(role="manager", tenants=["red"]))
    assert hold(served, package["id"], api=red).code == "NOT_FOUND"
    assert red.get(f"/packages/{package['id']}/retention/explain").code == "NOT_FOUND"
