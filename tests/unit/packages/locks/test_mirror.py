"""With Object Lock on, the store's own locks say what the table says; what differs is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from tests.support.packages.owner import FILES, Owner
from tests.support.served import Served, answered, deliver, sweep_retention
from tests.support.wire import listening, lost


def release(served: Served, package_id: str) -> dict[str, Any]:
    target = f"/packages/{package_id}/holds/case-7"
    shown: dict[str, Any] = answered(served.api.request("DELETE", target, body={"reason": "settled"}))
    return shown


def hold(served: Served, package_id: str) -> dict[str, Any]:
    body = {"name": "case-7", "reason": "a dispute"}
    shown: dict[str, Any] = answered(served.api.post(f"/packages/{package_id}/holds", body), 201)
    return shown


def explain(served: Served, package_id: str) -> dict[str, Any]:
    found: dict[str, Any] = answered(served.api.get(f"/packages/{package_id}/retention/explain"))
    return found


def ends(package: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(package["expires_at"])


@contextmanager
def refusing_locks() -> Iterator[None]:
    """The store's connection breaks whenever a date is set."""

    def refuse(**_: Any) -> None:
        raise lost()

    with listening("before-call.s3.PutObjectRetention", refuse):
        yield


def test_a_sealed_package_is_locked_until_its_promise_ends(owner: Owner, served: Served) -> None:
    owner.switch_on()
    package = served.finalized(FILES)
    assert (package["lock"]["state"], package["lock"]["objects"]) == ("confirmed", 3)
    found = owner.locks(package["id"])
    assert len(found) == 3
    assert all(until and ends(package) <= until < ends(package) + timedelta(seconds=1) for until, _ in found)
    assert not any(held for _, held in found)
    assert first_bad(served.chain(package["id"])) is None


def test_an_extension_and_a_hold_are_mirrored_and_confirmed(owner: Owner, served: Served) -> None:
    owner.switch_on()
    package_id = served.finalized(FILES)["id"]
    body = {"extend_days": 10, "reason": "an audit"}
    longer = answered(served.api.post(f"/packages/{package_id}/retention", body))
    assert longer["lock"]["state"] == "confirmed"
    assert all(until and until >= ends(longer) for until, _ in owner.locks(package_id))
    assert hold(served, package_id)["lock"]["hold"] is True
    assert all(held for _, held in owner.locks(package_id))
    assert release(served, package_id)["lock"]["hold"] is False
    assert not any(held for _, held in owner.locks(package_id))


def test_a_promise_without_an_end_is_a_legal_hold(owner: Owner, served: Served) -> None:
    owner.switch_on()
    package = served.finalized(FILES, retention_class="permanent-record")
    assert owner.locks(package["id"]) == [(None, True)] * 3
    assert package["lock"]["state"] == "confirmed"


def test_under_a_hold_the_stores_own_client_removes_nothing_and_after_it_all_goes(
    owner: Owner, served: Served
) -> None:
    package_id = owner.expired()
    owner.switch_on()
    assert hold(served, package_id)["lock"]["state"] == "confirmed"
    before = served.everything(package_id)
    assert not any(owner.removes(version) for version in owner.versions(package_id))
    answer = served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"})
    assert answer.code == "NOT_ELIGIBLE"
    assert {rule["rule"] for rule in answer.json["details"]["rules"]} == {"not_held", "store_releases"}
    assert served.everything(package_id) == before
    release(served, package_id)
    gone = answered(served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"}))
    assert (gone["status"], gone["disposal"]["objects"]) == ("deleted", 2)
    assert [one["Key"].rpartition("/")[2] for one in owner.versions(package_id)] == ["manifest.json"]
    assert owner.removes(owner.versions(package_id)[0])


def test_a_hold_that_the_owner_takes_off_an_object_is_told(owner: Owner, served: Served) -> None:
    owner.switch_on()
    package_id = served.finalized(FILES)["id"]
    hold(served, package_id)
    served.s3.put_object_legal_hold(**owner.versions(package_id)[0], LegalHold={"Status": "OFF"})
    lock = explain(served, package_id)["lock"]
    assert lock["state"] == "drift"
    assert lock["detail"].startswith("1 of 3 objects differ")
    assert "has no legal hold" in lock["detail"]


def test_a_lock_that_the_table_has_not_keeps_a_package_and_is_told(owner: Owner, served: Served) -> None:
    package_id = owner.expired()
    owner.switch_on()
    served.s3.put_object_legal_hold(**owner.versions(package_id)[0], LegalHold={"Status": "ON"})
    before = served.everything(package_id)
    answer = served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"})
    assert answer.code == "NOT_ELIGIBLE"
    [rule] = answer.json["details"]["rules"]
    assert (rule["rule"], "has a legal hold" in rule["detail"]) == ("store_releases", True)
    assert explain(served, package_id)["lock"]["state"] == "drift"
    assert served.everything(package_id) == before


def test_an_object_that_is_lost_is_drift(owner: Owner, served: Served) -> None:
    package_id = owner.expired()
    owner.switch_on()
    assert owner.removes(owner.versions(package_id)[0])
    lock = explain(served, package_id)["lock"]
    assert (lock["state"], "is missing" in lock["detail"]) == ("drift", True)


def test_a_mirror_that_failed_is_pending_keeps_the_package_and_is_set_by_the_sweep(
    owner: Owner, served: Served
) -> None:
    owner.switch_on()
    with refusing_locks():
        package = served.finalized(FILES)
    assert (package["status"], package["lock"]["state"]) == ("finalized", "pending")
    assert package["lock"]["next_check_at"] is not None
    with clock.freeze(clock.now() + timedelta(hours=2)):
        assert sweep_retention() == 1
        assert deliver(*served.messages("sweeps"), queue="sweeps") == []
    [operation] = served.pages("/operations?type=retention.sweep")
    assert (operation["outcome"], operation["summary_counts"]["mirrored"]) == ("succeeded", 1)
    lock = served.show(package["id"])["lock"]
    assert (lock["state"], lock["next_check_at"]) == ("confirmed", None)
    assert all(until and until >= ends(package) for until, _ in owner.locks(package["id"]))


def test_a_mirror_that_fails_again_is_a_failure_of_the_sweep(owner: Owner, served: Served) -> None:
    owner.switch_on()
    with refusing_locks():
        package_id = served.finalized(FILES)["id"]
        with clock.freeze(clock.now() + timedelta(hours=2)):
            sweep_retention()
            deliver(*served.messages("sweeps"), queue="sweeps")
    [operation] = served.pages("/operations?type=retention.sweep")
    assert operation["outcome"] == "partially_succeeded"
    [failure] = answered(served.api.get(f"/operations/{operation['id']}"))["failures"]
    assert (failure["code"], package_id in failure["message"]) == ("LOCKS_PENDING", True)


@pytest.mark.parametrize("on", [True, False])
def test_without_the_setting_nothing_is_claimed(owner: Owner, served: Served, on: bool) -> None:  # noqa: FBT001  pytest calls it
    if on:
        owner.switch_on()
    package_id = served.finalized(FILES)["id"]
    assert (explain(served, package_id)["lock"] is not None) is on
    assert (served.show(package_id)["lock"] is not None) is on
