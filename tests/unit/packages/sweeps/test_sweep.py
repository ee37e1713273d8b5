"""The sweep notes what expired, once, and deletes nothing unless the workspace said so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from tests.support.served import Served, answered, deliver, sweep_retention
from tests.support.wire import listening

FILES = {"a": b"alpha", "b": b"beta"}


@contextmanager
def after_days(days: float) -> Iterator[None]:
    """The block happens so many days from now."""
    with clock.freeze(clock.now() + timedelta(days=days)):
        yield


@pytest.fixture
def package_id(served: Served) -> str:
    """A finalized package, kept for 90 days."""
    return str(served.finalized(FILES)["id"])


def swept(served: Served) -> list[dict[str, Any]]:
    """What the operations came to that one run of the schedule queued."""
    sweep_retention()
    messages = served.messages("sweeps")
    assert not messages or deliver(*messages, queue="sweeps") == []
    found = served.pages("/operations?type=retention.sweep")
    return found[: len(messages)]


def auto_delete(served: Served, *, on: bool = True, grace_days: int = 30) -> None:
    body = {"auto_delete": on, "grace_days": grace_days, "reason": "room"}
    answered(served.api.request("PUT", "/retention/policy", body=body))


def types(served: Served, package_id: str) -> list[str]:
    """The types of the package's retention events."""
    return [event["type"] for event in served.pages(f"/packages/{package_id}/events") if event["type"]]


def test_what_expired_is_listed_once_with_why_and_nothing_is_deleted(served: Served, package_id: str) -> None:
    kept = served.finalized(FILES, retention_class="release-evidence")["id"]
    before = served.everything(kept), served.everything(package_id)[1]
    with after_days(91):
        [operation] = swept(served)
        assert operation["summary_counts"] == {
            "packages": 1,
            "eligible": 1,
            "disposed": 0,
            "mirrored": 0,
            "error": 0,
        }
        [listed] = served.pages("/retention/eligible")
        assert (listed["package_id"], listed["explanation"]["decision"]) == (package_id, "eligible")
        explained = answered(served.api.get(f"/packages/{package_id}/retention/explain"))
        assert listed["explanation"]["rules"] == explained["rules"]
    assert types(served, package_id) == ["defaulted", "defaulted", "eligible"]
    assert (served.everything(kept), served.everything(package_id)[1]) == before
    assert served.show(package_id)["status"] == "finalized"


def test_a_package_is_noted_once_however_often_the_sweep_runs(served: Served, package_id: str) -> None:
    for day in (91, 92, 93):
        with after_days(day):
            swept(served)
            assert len(served.pages("/retention/eligible")) == 1
    assert types(served, package_id).count("eligible") == 1
    assert first_bad(served.chain(package_id)) is None


def test_nothing_is_queued_where_nothing_is_due(served: Served, package_id: str) -> None:
    with after_days(89):
        assert swept(served) == []
        assert served.pages("/retention/eligible") == []
    assert types(served, package_id) == ["defaulted", "defaulted"]


def test_a_held_package_is_neither_noted_nor_listed_until_it_is_released(
    served: Served, package_id: str
) -> None:
    hold = {"name": "case-7", "reason": "a dispute"}
    answered(served.api.post(f"/packages/{package_id}/holds", hold), 201)
    with after_days(91):
        assert swept(served) == []
        assert served.pages("/retention/eligible") == []
        target = f"/packages/{package_id}/holds/case-7"
        answered(served.api.request("DELETE", target, body={"reason": "settled"}))
        assert len(swept(served)) == 1
        assert [found["package_id"] for found in served.pages("/retention/eligible")] == [package_id]


def test_an_extended_package_is_listed_no_more(served: Served, package_id: str) -> None:
    with after_days(91):
        swept(served)
        body = {"extend_days": 30, "reason": "an audit"}
        answered(served.api.post(f"/packages/{package_id}/retention", body))
        assert served.pages("/retention/eligible") == []
        answer = served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"})
        assert answer.code == "NOT_ELIGIBLE"


def test_with_auto_delete_bytes_go_after_the_grace_and_the_proof_stays(
    served: Served, package_id: str
) -> None:
    auto_delete(served)
    manifest = served.api.get(f"/packages/{package_id}/manifest").body
    with after_days(119):
        swept(served)
        assert served.show(package_id)["status"] == "finalized"
    with after_days(121):
        [operation] = swept(served)
        assert operation["summary_counts"]["disposed"] == 1
    shown = served.show(package_id)
    assert (shown["status"], shown["disposal"]["authority"]) == ("deleted", "retention-policy:auto_delete")
    assert shown["disposal"]["ordered_by"] == "system"
    assert [key.rpartition("/")[2] for key, _ in served.everything(package_id)[1]] == ["manifest.json"]
    assert served.api.get(f"/packages/{package_id}/manifest").body == manifest
    assert types(served, package_id) == ["defaulted", "defaulted", "eligible", "deleted"]
    actions = [event.action for event in served.chain(package_id)]
    assert actions[-1] == "packages:package:disposed"
    assert first_bad(served.chain(package_id)) is None


def test_what_a_hold_kept_past_its_date_is_given_the_whole_grace(served: Served, package_id: str) -> None:
    auto_delete(served)
    path = f"/packages/{package_id}/holds"
    answered(served.api.post(path, {"name": "case-7", "reason": "a dispute"}), 201)
    with after_days(200):
        answered(served.api.request("DELETE", f"{path}/case-7", body={"reason": "settled"}))
        swept(served)
    with after_days(229):
        swept(served)
        assert served.show(package_id)["status"] == "finalized"
    with after_days(231):
        swept(served)
    assert served.show(package_id)["status"] == "deleted"


def test_auto_delete_that_is_turned_off_deletes_nothing(served: Served, package_id: str) -> None:
    auto_delete(served, grace_days=1)
    auto_delete(served, on=False)
    with after_days(200):
        swept(served)
    assert served.show(package_id)["status"] == "finalized"


def test_auto_delete_that_is_turned_off_while_a_sweep_deletes_keeps_the_rest(
    served: Served, package_id: str
) -> None:
    auto_delete(served)
    other = served.finalized(FILES)["id"]

    def turn_off(**_: Any) -> None:
        auto_delete(served, on=False)

    with after_days(200), listening("before-call.s3.DeleteObject", turn_off):
        [operation] = swept(served)
    assert sorted(served.show(each)["status"] for each in (package_id, other)) == ["deleted", "finalized"]
    assert (operation["outcome"], operation["summary_counts"]["disposed"]) == ("succeeded", 1)


def test_auto_delete_that_is_turned_on_later_deletes_what_was_noted_before(
    served: Served, package_id: str
) -> None:
    with after_days(91):
        swept(served)
    auto_delete(served, grace_days=1)
    with after_days(100):
        swept(served)
    assert served.show(package_id)["status"] == "deleted"


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(served: Served, package_id: str) -> None:
    auto_delete(served, grace_days=5)
    before = served.everything(package_id)
    for day, step in ((91, "note"), (96, "dispose")):
        with after_days(day):
            plan = answered(served.api.post("/retention/sweep", {"dry_run": True}))
        assert [(found["package_id"], found["step"]) for found in plan["steps"]] == [(package_id, step)]
        assert (plan["inspected"], plan["more"]) == (1, False)
    assert served.everything(package_id) == before
    assert served.pages("/operations") == []


def test_a_sweep_is_bounded_and_the_next_goes_on(served: Served) -> None:
    made = [served.finalized(FILES, name=f"{number}")["id"] for number in range(3)]
    with after_days(91):
        for _ in range(2):
            answered(served.api.post("/retention/sweep", {"limit": 2}), 202)
            assert deliver(*served.messages("sweeps"), queue="sweeps") == []
    found = served.pages("/operations?type=retention.sweep")
    assert sorted(each["summary_counts"]["eligible"] for each in found) == [1, 2]
    assert all(types(served, package_id)[-1] == "eligible" for package_id in made)


def test_a_sweep_that_is_asked_for_twice_is_one(served: Served, package_id: str) -> None:
    assert package_id
    first, second = (answered(served.api.post("/retention/sweep", {}), 202) for _ in range(2))
    assert first == second


def test_who_asks_sees_to_their_own_tenants_only(served: Served) -> None:
    blue = served.finalized(FILES, subject={"tenant": "blue"})["id"]
    red = served.finalized(FILES, subject={"tenant": "red"})["id"]
    asker = served.api.asked_by(served.token(role="manager", tenants=["red"]))
    with after_days(91):
        plan = answered(asker.post("/retention/sweep", {"dry_run": True}))
        assert [step["package_id"] for step in plan["steps"]] == [red]
        assert [found["package_id"] for found in asker.get("/retention/eligible").json["items"]] == [red]
        answered(asker.post("/retention/sweep", {}), 202)
        deliver(*served.messages("sweeps"), queue="sweeps")
    assert "eligible" in types(served, red)
    assert "eligible" not in types(served, blue)


def test_a_sweep_wants_a_manager_and_a_policy_an_owner(served: Served) -> None:
    operator, manager = (served.api.asked_by(served.token(role=role)) for role in ("operator", "manager"))
    policy = {"auto_delete": True, "reason": "room"}
    assert operator.post("/retention/sweep", {}).status == 403
    assert manager.post("/retention/sweep", {"dry_run": True}).status == 200
    assert manager.request("PUT", "/retention/policy", body=policy).status == 403


def test_the_eligible_list_is_paged(served: Served) -> None:
    made = {served.finalized(FILES, name=f"{number}")["id"] for number in range(3)}
    with after_days(91):
        listed = served.pages("/retention/eligible", limit=1)
    assert len(listed) == 3
    assert {found["package_id"] for found in listed} == made
