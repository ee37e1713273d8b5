"""Deleting: only what may go, by a tombstone, with the absence proven; the record and the proof stay."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.operations.service import operations
from chalicelib.operations.service.lifecycle import OperationRequest, system
from holdfast.api.disposals import MAX_INLINE_DISPOSAL_FILES
from holdfast.api.operations import OperationType, Subject
from tests.support.api import Answer
from tests.support.served import Served, answered, declared, deliver

FILES = {"a": b"alpha", "dir/b": b"beta", "copy": b"alpha"}
GIB = 1024**3


@contextmanager
def after_days(days: int) -> Iterator[None]:
    """The block happens so many days from now."""
    with clock.freeze(clock.now() + timedelta(days=days)):
        yield


def delete(served: Served, package_id: str, **body: Any) -> Answer:
    return served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"} | body)


@pytest.fixture
def package(served: Served) -> dict[str, Any]:
    """A finalized package, kept for 90 days."""
    return served.finalized(FILES)


def test_a_package_that_may_go_loses_its_bytes_and_keeps_everything_else(
    served: Served, package: dict[str, Any]
) -> None:
    package_id = package["id"]
    manifest = served.api.get(f"/packages/{package_id}/manifest").body
    with after_days(91):
        shown = answered(delete(served, package_id))
    assert served.everything(package_id)[1] == [
        version for version in served.everything(package_id)[1] if version[0].endswith("/manifest.json")
    ]
    assert len(served.everything(package_id)[1]) == 1
    kept = {"manifest_digest", "file_count", "total_bytes", "name", "holds", "expires_at", "finalized_at"}
    assert {name: shown[name] for name in kept} == {name: package[name] for name in kept}
    assert (shown["status"], shown["disposal"]["objects"]) == ("deleted", 2)
    assert served.show(package_id) == shown
    assert served.api.get(f"/packages/{package_id}/manifest").body == manifest
    assert package["manifest_digest"] == f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    files = served.files(package_id)
    assert {path: file["state"] for path, file in files.items()} == dict.fromkeys(FILES, "deleted")


def test_the_tombstone_comes_first_and_the_absence_check_last(
    served: Served, package: dict[str, Any]
) -> None:
    with after_days(91):
        shown = answered(delete(served, package["id"]))
    events = served.pages(f"/packages/{package['id']}/events")
    eligible, ordered, deleted, disposed = events[-4:]
    assert [eligible["type"], deleted["type"]] == ["eligible", "deleted"]
    assert ordered["action"] == "packages:package:disposal-ordered"
    assert ordered["hash"] == shown["disposal"]["tombstone"] == disposed["payload"]["tombstone"]
    tombstone = ordered["payload"]
    assert tombstone["manifest_digest"] == package["manifest_digest"]
    assert (tombstone["authority"], tombstone["approver"], tombstone["reason"]) == ("request", "ada", "over")
    assert all(rule["met"] for rule in tombstone["policy"]["rules"])
    assert (disposed["action"], disposed["payload"]["absent"]) == ("packages:package:disposed", 2)
    assert first_bad(served.chain(package["id"])) is None


def test_every_version_goes_also_those_behind_a_marker(served: Served, package: dict[str, Any]) -> None:
    key = next(key for key, _ in served.everything(package["id"])[1] if "/sha256/" in key)
    served.s3.put_object(Bucket=served.bucket, Key=key, Body=b"older")
    served.s3.delete_object(Bucket=served.bucket, Key=key)
    with after_days(91):
        answered(delete(served, package["id"]))
    assert [key for key, _ in served.everything(package["id"])[1] if "/sha256/" in key] == []


def test_before_its_promise_ends_a_package_stays_as_it_is(served: Served, package: dict[str, Any]) -> None:
    before = served.everything(package["id"])
    with after_days(89):
        answer = delete(served, package["id"])
    assert (answer.status, answer.code) == (409, "NOT_ELIGIBLE")
    assert [rule["rule"] for rule in answer.json["details"]["rules"]] == ["expired"]
    assert served.everything(package["id"]) == before


def test_under_a_hold_a_package_stays_as_it_is(served: Served, package: dict[str, Any]) -> None:
    body = {"name": "case-7", "reason": "a dispute"}
    answered(served.api.post(f"/packages/{package['id']}/holds", body), 201)
    before = served.everything(package["id"])
    with after_days(91):
        answer = delete(served, package["id"])
        assert (answer.status, answer.code) == (409, "NOT_ELIGIBLE")
        assert "case-7" in answer.json["message"]
        assert served.everything(package["id"]) == before
        target = f"/packages/{package['id']}/holds/case-7"
        answered(served.api.request("DELETE", target, body={"reason": "settled"}))
        assert answered(delete(served, package["id"]))["status"] == "deleted"


@pytest.mark.parametrize("state", ["created", "uploading", "failed"])
def test_what_is_not_sealed_is_never_deleted(served: Served, state: str) -> None:
    package_id = served.create()
    if state != "created":
        served.upload(package_id, FILES)
    if state == "failed":
        answered(served.api.post(f"/packages/{package_id}/fail", {"reason": "over"}))
    before = served.everything(package_id)
    with after_days(1000):
        answer = delete(served, package_id)
    assert (answer.status, answer.code) == (409, "NOT_ELIGIBLE")
    assert answer.json["details"]["rules"][0]["rule"] == "sealed"
    assert served.everything(package_id) == before


def test_deleting_again_changes_nothing(served: Served, package: dict[str, Any]) -> None:
    with after_days(91):
        shown = answered(delete(served, package["id"]))
        before = served.everything(package["id"])
        assert answered(delete(served, package["id"])) == shown
    assert served.everything(package["id"]) == before


def test_a_deleted_package_takes_no_promise_and_no_hold(served: Served, package: dict[str, Any]) -> None:
    with after_days(91):
        answered(delete(served, package["id"]))
        before = served.everything(package["id"])
        requests = {
            "retention": {"extend_days": 1, "reason": "late"},
            "holds": {"name": "late", "reason": "late"},
            "verify": None,
            "uploads": {"files": [declared("late", b"late")]},
            "finalize": None,
        }
        for verb, body in requests.items():
            assert served.api.post(f"/packages/{package['id']}/{verb}", body).code == "INVALID_STATE"
        assert served.api.get(f"/packages/{package['id']}/download?path=a").code == "NOT_FOUND"
    assert served.everything(package["id"]) == before


def test_a_disposal_wants_a_reason_and_a_manager(served: Served, package: dict[str, Any]) -> None:
    with after_days(91):
        assert delete(served, package["id"], reason="").code == "INVALID_REQUEST"
        operator = served.api.asked_by(served.token(role="operator"))
        target = f"/packages/{package['id']}"
        assert operator.request("DELETE", target, body={"reason": "over"}).status == 403
        assert served.show(package["id"]) == package
        manager = served.api.asked_by(served.token(role="manager"))
        assert manager.request("DELETE", target, body={"reason": "over"}).status == 200


def test_many_files_are_disposed_of_by_a_worker(served: Served) -> None:
    files = {f"{number:03}": b"%d" % number for number in range(MAX_INLINE_DISPOSAL_FILES + 1)}
    package = served.finalized(files)
    with after_days(91):
        queued = answered(delete(served, package["id"]), 202)
        again = answered(delete(served, package["id"]), 202)
        assert again == queued == {"operation_id": queued["operation_id"], "package_id": package["id"]}
        assert served.show(package["id"])["status"] == "deleted"
        assert deliver(*served.messages("sweeps"), queue="sweeps") == []
    operation = served.operation(queued["operation_id"])
    assert (operation["type"], operation["outcome"]) == ("package.delete", "succeeded")
    assert operation["summary_counts"]["disposed"] == 1
    assert served.show(package["id"])["disposal"]["objects"] == len(files)
    assert len(served.everything(package["id"])[1]) == 1


def test_a_deletion_that_an_older_version_queued_as_a_sweep_is_finished(served: Served) -> None:
    files = {f"{number:03}": b"%d" % number for number in range(MAX_INLINE_DISPOSAL_FILES + 1)}
    package = served.finalized(files)
    with after_days(91):
        answered(delete(served, package["id"]), 202)
        served.messages("sweeps")  # lost, so what the older version queued is all there is
        subject = Subject(kind="package", id=package["id"])
        request = OperationRequest(OperationType.RETENTION_SWEEP, subject, {})
        queued = operations.submit(request, actor=system(served.workspace))
        assert deliver(*served.messages("sweeps"), queue="sweeps") == []
    assert served.operation(queued.id)["outcome"] == "succeeded"
    assert served.show(package["id"])["disposal"]["completed_at"] is not None


def test_the_tombstone_is_what_a_grant_names(served: Served, package: dict[str, Any]) -> None:
    with after_days(91):
        shown = answered(delete(served, package["id"]))
    tombstone = shown["disposal"]["tombstone"]
    assert tombstone in {event.hash for event in served.chain(package["id"])}
    assert json.dumps(shown)
