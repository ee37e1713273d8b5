"""Packages that are too long for a request: queued, finalized by the worker, and true at every moment."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from holdfast.api.manifests import MAX_INLINE_FINALIZE_FILES
from holdfast.api.operations import OperationType
from holdfast.api.policy import LEASE_S, MARGIN_S, POLICIES, RENEWAL_S
from tests.support.served import Served, answered, declared, deliver, reconcile
from tests.support.wire import Killed, listening, lost

GIB = 1024**3
POLICY = POLICIES[OperationType.PACKAGE_FINALIZE]
MANY = [f"{number:04d}" for number in range(MAX_INLINE_FINALIZE_FILES + 1)]


@pytest.fixture
def package_id(served: Served) -> str:
    """A package of 2,001 tiny files, all of one content, which has arrived."""
    made = served.create()
    served.upload_copies(made, MANY, b"x")
    return made


@pytest.fixture
def waiting(served: Served) -> str:
    """A package with one large file that has not arrived: long to prove, and incomplete."""
    made = served.create()
    body = {"files": [declared("large", b"", size=GIB)]}
    answered(served.api.post(f"/packages/{made}/uploads", body))
    return made


def queued(served: Served, package_id: str, **expectations: Any) -> str:
    """Ask to finalize a long package; the id of the operation."""
    answer = answered(served.finalize(package_id, **expectations), 202)
    assert answer["package_id"] == package_id
    return str(answer["operation_id"])


def end_of(served: Served, operation_id: str) -> tuple[str, str]:
    """Where an operation stands and what came of it."""
    operation = served.operation(operation_id)
    return operation["status"], operation["outcome"]


def break_off(**_: Any) -> None:
    """Stands where a store would answer."""
    raise lost()


def kill(**_: Any) -> None:
    """Stands where a process ends."""
    raise Killed


def test_over_2000_files_the_work_is_queued_and_a_worker_seals(served: Served, package_id: str) -> None:
    operation_id = queued(served, package_id)
    assert end_of(served, operation_id) == ("queued", "pending")
    assert served.show(package_id)["status"] == "uploading"
    assert deliver(*served.messages()) == []
    assert end_of(served, operation_id) == ("completed", "succeeded")
    package = served.show(package_id)
    assert (package["status"], package["file_count"]) == ("finalized", 2001)
    manifest = answered(served.api.get(f"/packages/{package_id}/manifest"))
    assert [file["path"] for file in manifest["files"]] == MANY
    assert first_bad(served.chain(package_id)) is None
    assert answered(served.finalize(package_id)) == package


def test_2000_files_are_sealed_in_the_request(served: Served) -> None:
    package_id = served.create()
    served.upload_copies(package_id, MANY[:-1], b"x")
    assert answered(served.finalize(package_id))["file_count"] == 2000
    assert served.messages() == []


def test_over_256_mib_to_hash_again_the_work_is_queued(served: Served) -> None:
    package_id = served.create()
    body = {"files": [declared("large", b"", size=256 * 1024**2)]}
    answered(served.api.post(f"/packages/{package_id}/uploads", body))
    assert served.finalize(package_id).code == "INCOMPLETE_PACKAGE"
    body["files"] = [declared("large", b"", size=256 * 1024**2 + 1)]
    answered(served.api.post(f"/packages/{package_id}/uploads", body | {"replace": True}))
    assert served.finalize(package_id).status == 202


def test_asking_again_while_the_work_is_queued_or_runs_names_the_same_operation(
    served: Served, waiting: str
) -> None:
    operation_id = queued(served, waiting)
    assert queued(served, waiting) == operation_id
    assert len(served.messages()) == 1
    events = [event.action for event in served.chain(waiting)]
    assert events.count("packages:finalize:queued") == 1


def test_work_whose_message_was_lost_is_ended_by_the_sweep_and_asked_for_again_is_done(
    served: Served, package_id: str
) -> None:
    lost_run = queued(served, package_id)
    assert len(served.messages()) == 1
    with clock.freeze(clock.now() + timedelta(seconds=POLICY.queued_stale_after)):
        reconcile()
        assert end_of(served, lost_run) == ("completed", "failed")
        assert served.operation(lost_run)["reason"]["code"] == "run.stale_queued"
        operation_id = queued(served, package_id)
        assert operation_id != lost_run
        assert deliver(*served.messages()) == []
    assert end_of(served, operation_id) == ("completed", "succeeded")


def test_work_whose_worker_died_with_its_message_is_given_out_again_by_the_sweep(
    served: Served, package_id: str
) -> None:
    operation_id = queued(served, package_id)
    with listening("before-call.s3", kill), pytest.raises(Killed):
        deliver(*served.messages())
    reconcile()
    assert served.messages() == []
    with clock.freeze(clock.now() + timedelta(seconds=LEASE_S + RENEWAL_S + MARGIN_S)):
        reconcile()
        assert queued(served, package_id) == operation_id
        assert deliver(*served.messages()) == []
    assert end_of(served, operation_id) == ("completed", "succeeded")


def test_a_count_that_does_not_hold_queues_nothing(served: Served, waiting: str) -> None:
    assert served.finalize(waiting, expected_file_count=2).code == "UNEXPECTED_CONTENT"
    assert served.messages() == []


def test_a_run_that_finds_files_missing_fails_with_its_code_and_can_be_asked_for_again(
    served: Served, waiting: str
) -> None:
    first = queued(served, waiting)
    assert deliver(*served.messages()) == []
    assert end_of(served, first) == ("completed", "failed")
    (failure,) = served.operation(first)["failures"]
    assert failure["code"] == "INCOMPLETE_PACKAGE"
    assert served.show(waiting)["status"] == "uploading"
    second = queued(served, waiting)
    assert second != first
    assert end_of(served, second) == ("queued", "pending")


def test_a_digest_that_does_not_hold_fails_the_run_and_seals_nothing(served: Served, package_id: str) -> None:
    operation_id = queued(served, package_id, expected_manifest_digest="sha256:" + "0" * 64)
    deliver(*served.messages())
    assert served.operation(operation_id)["failures"][0]["code"] == "UNEXPECTED_CONTENT"
    assert served.show(package_id)["status"] == "uploading"


def test_a_package_that_was_given_up_meanwhile_fails_the_run(served: Served, waiting: str) -> None:
    operation_id = queued(served, waiting)
    answered(served.api.post(f"/packages/{waiting}/fail", {"reason": "over"}))
    assert deliver(*served.messages()) == []
    assert served.operation(operation_id)["failures"][0]["code"] == "INVALID_STATE"


def test_a_repeated_delivery_is_nothing_to_do(served: Served, package_id: str) -> None:
    operation_id = queued(served, package_id)
    (message,) = served.messages()
    assert deliver(message) == []
    before = served.operation(operation_id), served.show(package_id), served.chain(package_id)
    assert deliver(message) == []
    assert (served.operation(operation_id), served.show(package_id), served.chain(package_id)) == before


@pytest.mark.parametrize("service", ["s3", "dynamodb.Query"])
def test_a_store_that_does_not_answer_gives_the_claim_and_the_message_back(
    served: Served, package_id: str, service: str
) -> None:
    operation_id = queued(served, package_id)
    (message,) = served.messages()
    with listening(f"before-call.{service}", break_off), clock.freeze(clock.now()):
        assert deliver(message) == ["message-0"]
    assert end_of(served, operation_id) == ("running", "pending")
    assert deliver(message) == []
    assert end_of(served, operation_id) == ("completed", "succeeded")
    assert served.operation(operation_id)["attempt"] == 2


def test_a_worker_that_died_is_taken_over_when_its_lease_has_run_out(served: Served, package_id: str) -> None:
    operation_id = queued(served, package_id)
    (message,) = served.messages()
    with listening("before-call.s3", kill), pytest.raises(Killed):
        deliver(message)
    assert deliver(message) == []
    assert end_of(served, operation_id) == ("running", "pending")
    with clock.freeze(clock.now() + timedelta(seconds=LEASE_S)):
        assert deliver(message) == []
    assert end_of(served, operation_id) == ("completed", "succeeded")
    assert served.operation(operation_id)["fence"] == 2
    assert served.show(package_id)["status"] == "finalized"


@pytest.mark.parametrize(
    "body",
    ["", "not json", "{}", '{"workspace": "w"}', '{"workspace": "w", "operation_id": "op_none"}', "[1]"],
)
def test_a_message_that_names_no_operation_is_not_acknowledged(served: Served, body: str) -> None:
    assert served.messages() == []
    assert deliver(body) == ["message-0"]


def test_one_bad_message_does_not_hold_up_the_others_of_its_batch(served: Served, waiting: str) -> None:
    operation_id = queued(served, waiting)
    (message,) = served.messages()
    assert deliver("not json", message, "{}") == ["message-0", "message-2"]
    assert end_of(served, operation_id) == ("completed", "failed")
