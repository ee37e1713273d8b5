"""The live pointer, its history, and the lists of hooks, over the real routes."""

from typing import Any

import pytest

from holdfast.api.releases import MAX_TIMEOUT_S
from tests.support.hooks.world import chain, release_body
from tests.support.served import Served, answered

HOOK = "/hooks/junit-summary"


@pytest.fixture
def three(served: Served) -> None:
    """A hook with three releases; the third is live."""
    for number in range(1, 4):
        answered(served.api.post(f"{HOOK}/releases", release_body(config={"number": number})), 201)


def point(served: Served, version: int, status: int = 200, **more: Any) -> Any:
    """Move the pointer; what was answered."""
    answer = served.api.request("PUT", f"{HOOK}/live", body={"version": version} | more)
    return answered(answer, status)


@pytest.mark.usefixtures("three")
def test_a_hook_shows_its_contract_and_what_is_live(served: Served) -> None:
    hook = answered(served.api.get(HOOK))
    assert hook["contract"] == [{"name": "suite", "type": "string", "required": True}]
    assert (hook["feature"], hook["live_version"], hook["latest_version"], hook["revision"]) == (
        "suites",
        3,
        3,
        3,
    )
    assert (hook["created_by"], hook["workspace"]) == ("ada", served.workspace)


@pytest.mark.usefixtures("three")
def test_a_rollback_moves_the_pointer_and_keeps_the_history(served: Served) -> None:
    before = [answered(served.api.get(f"{HOOK}/releases/{number}")) for number in (1, 2, 3)]
    moved = point(served, 1, expected_revision=3, reason="3 counts twice")
    assert (moved["live_version"], moved["latest_version"], moved["revision"]) == (1, 3, 4)
    history = served.pages(f"{HOOK}/pointer-history")
    assert [(move["from"], move["to"], move["revision"]) for move in history] == [
        (None, 1, 1),
        (1, 2, 2),
        (2, 3, 3),
        (3, 1, 4),
    ]
    assert (history[-1]["actor"], history[-1]["reason"]) == ("ada", "3 counts twice")
    assert [answered(served.api.get(f"{HOOK}/releases/{number}")) for number in (1, 2, 3)] == before


@pytest.mark.usefixtures("three")
def test_the_history_comes_in_pages(served: Served) -> None:
    point(served, 2)
    assert [move["to"] for move in served.pages(f"{HOOK}/pointer-history", limit=1)] == [1, 2, 3, 2]


@pytest.mark.usefixtures("three")
def test_a_stale_revision_is_refused_and_moves_nothing(served: Served) -> None:
    point(served, 2, expected_revision=3)
    refused = point(served, 1, 409, expected_revision=3)
    assert refused["code"] == "STALE_REVISION"
    assert (refused["details"]["revision"], refused["details"]["live_version"]) == (4, 2)
    assert answered(served.api.get(HOOK))["live_version"] == 2


@pytest.mark.usefixtures("three")
def test_a_release_that_is_not_there_cannot_be_live(served: Served) -> None:
    refused = point(served, 4, 422)
    assert (refused["code"], refused["details"]["latest_version"]) == ("UNKNOWN_RELEASE", 3)


@pytest.mark.usefixtures("three")
def test_what_is_live_already_stays_without_a_move(served: Served) -> None:
    assert point(served, 3)["revision"] == 3
    assert len(served.pages(f"{HOOK}/pointer-history")) == 3


@pytest.mark.usefixtures("three")
def test_a_release_that_is_not_activated_waits(served: Served) -> None:
    waiting = answered(served.api.post(f"{HOOK}/releases", release_body(activate=False, config={})), 201)
    assert (waiting["version"], waiting["live_version"]) == (4, 3)
    assert answered(served.api.get(HOOK))["revision"] == 3
    assert point(served, 4)["live_version"] == 4
    assert chain(served, "hook", "junit-summary") == [
        "hooks:hook:created",
        *["hooks:release:added"] * 3,
        "hooks:pointer:moved",
    ]


@pytest.mark.usefixtures("three")
def test_releases_are_listed_newest_first_in_pages(served: Served) -> None:
    found = served.pages(f"{HOOK}/releases", limit=2)
    assert [release["version"] for release in found] == [3, 2, 1]
    assert [release["config"] for release in found] == [{"number": 3}, {"number": 2}, {"number": 1}]


def test_hooks_are_listed_newest_first_in_pages(served: Served) -> None:
    for name in ("a", "b", "c"):
        answered(served.api.post(f"/hooks/{name}/releases", release_body()), 201)
    assert [hook["name"] for hook in served.pages("/hooks", limit=2)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    "target",
    [HOOK, f"{HOOK}/releases", f"{HOOK}/releases/1", f"{HOOK}/pointer-history", "/hooks/a%23b"],
)
def test_what_is_not_there_is_not_found(served: Served, target: str) -> None:
    assert served.api.get(target).status == 404


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("version", ["0", "4", "01", "-1", "x", "9" * 30, "\u0661"])
def test_a_release_by_no_number_of_one_is_not_found(served: Served, version: str) -> None:
    assert served.api.get(f"{HOOK}/releases/{version}").status == 404


@pytest.mark.usefixtures("three")
def test_another_workspace_sees_nothing_of_it(served: Served) -> None:
    stranger = served.api.asked_by(served.token_of("elsewhere"))
    assert stranger.get(HOOK).status == 404
    assert stranger.get("/hooks").json["items"] == []


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 403), ("manager", 201)])
def test_managers_release_and_others_only_look(served: Served, role: str, status: int) -> None:
    member = served.api.asked_by(served.token(role=role))
    assert member.post(f"{HOOK}/releases", release_body()).status == status
    assert member.get("/hooks").status == 200


def test_a_limit_is_bounded(served: Served) -> None:
    refused = served.api.post(f"{HOOK}/releases", release_body() | {"limits": {"timeout_s": 241}})
    assert (refused.status, MAX_TIMEOUT_S) == (422, 240)
    assert refused.json["details"]["errors"][0]["field"] == "limits.timeout_s"
