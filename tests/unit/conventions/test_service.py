"""GET and DELETE /conventions, and that no package ever refers to one that is not there."""

from typing import Any

import pytest

from tests.support.hooks.world import chain, everything
from tests.support.served import Served, answered
from tests.support.wire import counting, listening

SLUG = "/conventions/junit-run"


def delete(served: Served, status: int) -> Any:
    """Delete the convention."""
    answer = served.api.request("DELETE", SLUG)
    assert answer.status == status
    return answer


def test_conventions_are_listed_newest_first_in_pages(served: Served) -> None:
    for slug in ("a", "b", "c"):
        served.declare(slug)
    assert [found["slug"] for found in served.pages("/conventions", limit=2)] == ["c", "b", "a"]


def test_a_convention_that_nothing_refers_to_is_deleted(served: Served) -> None:
    served.declare()
    assert delete(served, 204).body == b""
    assert served.api.get(SLUG).status == 404
    assert served.pages("/conventions") == []
    assert delete(served, 404).code == "NOT_FOUND"


def test_a_deleted_convention_is_declared_again_and_its_chain_goes_on(served: Served) -> None:
    served.declare()
    delete(served, 204)
    again = served.declare(title="Another")
    assert (again["title"], again["created"], again["revision"]) == ("Another", True, 1)
    assert chain(served, "convention", "junit-run") == [
        "conventions:convention:created",
        "conventions:convention:deleted",
        "conventions:convention:created",
    ]


def test_a_convention_in_use_stays(served: Served) -> None:
    served.declare()
    package_id = served.create(convention="junit-run")
    before = everything(served)
    refused = delete(served, 409)
    assert (refused.code, refused.json["details"]["package_id"]) == ("CONVENTION_IN_USE", package_id)
    assert everything(served) == before


def test_a_package_of_an_unknown_convention_is_refused(served: Served) -> None:
    body = {"producer": "nightly", "kind": "junit", "name": "unit tests", "convention": "absent"}
    refused = served.api.post("/packages", body)
    assert (refused.status, refused.code) == (422, "UNKNOWN_CONVENTION")
    assert everything(served) == []


def test_a_package_of_a_deleted_convention_is_refused(served: Served) -> None:
    served.declare()
    delete(served, 204)
    body = {"producer": "nightly", "kind": "junit", "name": "unit tests", "convention": "junit-run"}
    assert served.api.post("/packages", body).code == "UNKNOWN_CONVENTION"


def test_a_convention_costs_a_new_package_no_round_trip(served: Served) -> None:
    served.declare()
    served.create()  # reads the workspace's own retention periods, which are remembered for a minute
    with counting() as requests:
        served.create(convention="junit-run")
    assert requests == {"TransactWriteItems": 1}


def test_a_package_that_comes_in_between_keeps_the_convention(served: Served) -> None:
    served.declare()
    created: list[str] = []

    def between(**_: Any) -> None:
        if not created:
            created.append("on its way")
            created[0] = served.create(convention="junit-run")

    # the package is created after the first look for one, before the convention is taken away
    with listening("before-call.dynamodb.TransactWriteItems", between):
        refused = delete(served, 409)
    assert refused.json["details"]["package_id"] == created[0]
    assert answered(served.api.get(SLUG))["revision"] == 1
    assert chain(served, "convention", "junit-run")[1:] == [
        "conventions:convention:deleted",
        "conventions:convention:restored",
    ]


@pytest.mark.parametrize("slug", ["junit-run", "absent"])
def test_a_convention_of_another_workspace_is_not_there(served: Served, slug: str) -> None:
    served.declare()
    stranger = served.api.asked_by(served.token_of("elsewhere"))
    assert stranger.get(f"/conventions/{slug}").status == 404
    assert stranger.request("DELETE", f"/conventions/{slug}").status == 404
    assert answered(served.api.get(SLUG))
