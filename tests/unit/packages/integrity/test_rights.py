"""Who may sweep and who is told: the workspace's own, and of a tenant's packages only the tenant's."""

import pytest

from tests.support.packages.damage import counts, remove, swept
from tests.support.served import Served, answered

ROUTES = [("POST", "/integrity/sweep"), ("GET", "/integrity/alarms")]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_not_manage_packages_may_not_sweep(served: Served, role: str) -> None:
    api = served.api.asked_by(served.token(role=role))
    assert (api.post("/integrity/sweep", {}).status, api.get("/integrity/alarms").status) == (403, 200)


@pytest.mark.parametrize(("method", "target"), ROUTES)
def test_who_is_no_member_finds_nothing(served: Served, method: str, target: str) -> None:
    api = served.api.asked_by(served.token_of("elsewhere"))
    body: dict[str, object] | None = {} if method == "POST" else None
    answer = api.request(method, target, body=body, headers={"Holdfast-Workspace": served.workspace})
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_another_tenants_packages_are_neither_checked_nor_counted_nor_named(served: Served) -> None:
    theirs = str(served.finalized({"a": b"x"}, subject={"tenant": "them"})["id"])
    ours = str(served.finalized({"a": b"y"}, subject={"tenant": "us"})["id"])
    everybody, us = served.api, served.api.asked_by(served.token(role="manager", tenants=["us"]))
    for package_id in (theirs, ours):
        remove(served, package_id, "a")
    plan = answered(us.post("/integrity/sweep", {"dry_run": True, "include_recent": True}))
    assert [each["package_id"] for each in plan["packages"]] == [ours]
    served.api = us
    assert counts(swept(served, include_recent=True)) == {"packages": 1, "missing": 1, "bytes": 1}
    served.api = everybody
    assert served.show(theirs)["integrity"] == "not_checked"
    ended = swept(served, include_recent=True)
    assert theirs not in str(ended["failures"])
    assert [alarm["package_id"] for alarm in answered(us.get("/integrity/alarms"))["items"]] == [ours]
    assert answered(us.get("/health/details"))["integrity"]["packages"] == [ours]
    assert {alarm["package_id"] for alarm in served.pages("/integrity/alarms")} == {ours, theirs}


def test_alarms_come_page_by_page(served: Served) -> None:
    packages = [str(served.finalized({"a": b"%d" % number})["id"]) for number in range(3)]
    for package_id in packages:
        remove(served, package_id, "a")
    swept(served, include_recent=True)
    assert [alarm["package_id"] for alarm in served.pages("/integrity/alarms", limit=1)] == sorted(packages)


@pytest.mark.parametrize("budget", [0, -1, 1.5, 2**60, "20GB", True])
def test_a_budget_is_a_positive_number_of_bytes(served: Served, budget: object) -> None:
    assert served.api.post("/integrity/sweep", {"budget_bytes": budget}).status == 422
