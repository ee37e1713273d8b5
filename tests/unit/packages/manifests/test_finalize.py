"""POST /packages/{id}/finalize: prove and finalize, in the request."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.packages.models.package import RETENTION_SOURCE
from chalicelib.retention.models.classes import PERIOD_DAYS
from holdfast.api import moments
from holdfast.api.retention import RetentionClass
from tests.conftest import Configure
from tests.support.served import Served, answered
from tests.support.wire import listening

FILES = {"a.txt": b"alpha", "b/b.txt": b"beta", "b/empty": b""}
OTHER_DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def package_id(served: Served) -> str:
    """A package whose three files have arrived."""
    made = served.create()
    served.upload(made, FILES)
    return made


def overwrite(served: Served, package_id: str, path: str, data: bytes) -> None:
    """Put other bytes where storage keeps a file, as a store that enforces nothing would let anyone."""
    key = served.files(package_id)[path]["storage"]["key"]
    served.s3.put_object(Bucket=served.bucket, Key=key, Body=data)


def reasons(served: Served, package_id: str) -> dict[str, str]:
    """Why the package is refused as incomplete, by path; it stays as it was."""
    before = served.show(package_id), served.chain(package_id)
    answer = served.finalize(package_id)
    assert (answer.status, answer.code) == (409, "INCOMPLETE_PACKAGE")
    assert (served.show(package_id), served.chain(package_id)) == before
    return {file["path"]: file["reason"] for file in answer.json["details"]["files"]}


def test_a_package_whose_bytes_are_all_there_is_sealed(served: Served, package_id: str) -> None:
    package = answered(served.finalize(package_id))
    assert package["status"] == "finalized"
    assert package["manifest_digest"].startswith("sha256:")
    assert package["finalized_at"] is not None
    assert served.show(package_id) == package


def test_the_body_may_be_left_out(served: Served, package_id: str) -> None:
    assert answered(served.api.post(f"/packages/{package_id}/finalize"))["status"] == "finalized"


def test_files_that_have_not_arrived_are_listed(served: Served, package_id: str) -> None:
    answered(served.plan(package_id, {"late/1": b"one", "late/2": b"two"}))
    told = dict.fromkeys(["late/1", "late/2"], "its bytes have not arrived")
    assert reasons(served, package_id) == told
    assert served.show(package_id)["status"] == "uploading"


def test_what_was_missing_can_be_sent_and_the_package_sealed(served: Served, package_id: str) -> None:
    answered(served.plan(package_id, {"late": b"late"}))
    assert list(reasons(served, package_id)) == ["late"]
    served.upload(package_id, {"late": b"late"})
    assert answered(served.finalize(package_id))["file_count"] == 4


def test_a_hundred_missing_files_are_listed_by_path_and_all_are_counted(served: Served) -> None:
    package_id = served.create()
    answered(served.plan(package_id, {f"{number:03d}": b"%d" % number for number in range(150)}))
    details = served.finalize(package_id).json["details"]
    assert [file["path"] for file in details["files"]] == [f"{number:03d}" for number in range(100)]
    assert details["count"] == 150


def test_bytes_of_another_size_are_found(served: Served, package_id: str) -> None:
    overwrite(served, package_id, "a.txt", b"alpha and more")
    assert reasons(served, package_id) == {"a.txt": "14 bytes arrived, the declared size is 5"}


@pytest.fixture
def readback(served: Served, package_id: str, adjust: Configure) -> str:
    """A package with other bytes, and with too many, on a store that refuses neither; it is read back."""
    overwrite(served, package_id, "a.txt", b"ALPHA")
    overwrite(served, package_id, "b/b.txt", b"beta and more")
    adjust(s3_integrity="readback")
    return package_id


def refused(served: Served, package_id: str) -> dict[str, str]:
    """Why the package is refused as incomplete, by path; it is still to be finalized."""
    answer = served.finalize(package_id)
    assert (answer.status, answer.code) == (409, "INCOMPLETE_PACKAGE")
    assert served.show(package_id)["status"] == "uploading"
    return {file["path"]: file["reason"] for file in answer.json["details"]["files"]}


def test_other_bytes_are_found_by_reading_back_where_the_store_proves_nothing(
    served: Served, readback: str
) -> None:
    reasons = refused(served, readback)
    assert set(reasons) == {"a.txt", "b/b.txt"}
    assert "other bytes arrived" in reasons["a.txt"]
    assert reasons["b/b.txt"] == "13 bytes arrived, the declared size is 4"


def test_bytes_that_readback_refuses_make_room_for_the_declared_ones(served: Served, readback: str) -> None:
    assert len(refused(served, readback)) == 2
    assert {
        file["state"] for path, file in served.files(readback).items() if path in {"a.txt", "b/b.txt"}
    } == {"pending"}
    assert set(refused(served, readback).values()) == {"its bytes have not arrived"}
    served.upload(readback, FILES)
    package = answered(served.finalize(readback))
    assert (package["file_count"], package["total_bytes"]) == (3, 9)
    actions = [event.action for event in served.chain(readback)]
    assert actions.count("packages:files:set-aside") == 1
    assert first_bad(served.chain(readback)) is None
    for path, data in FILES.items():
        key = served.files(readback)[path]["storage"]["key"]
        assert served.s3.get_object(Bucket=served.bucket, Key=key)["Body"].read() == data


@pytest.mark.parametrize("moment", ["before-call.s3.GetObject", "after-call.s3.GetObject"])
def test_a_slow_finalizer_takes_nothing_that_was_sent_and_sealed_meanwhile(
    served: Served, readback: str, moment: str
) -> None:
    meanwhile = [True]

    def others_mend_it(**_: Any) -> None:
        if meanwhile:
            meanwhile.pop()
            assert len(refused(served, readback)) == 2
            served.upload(readback, FILES)
            answered(served.finalize(readback))

    with listening(moment, others_mend_it):
        answer = served.finalize(readback)
    assert answer.status == 200
    assert {file["state"] for file in served.files(readback).values()} == {"stored"}


def test_readback_seals_what_is_right(served: Served, package_id: str, adjust: Configure) -> None:
    adjust(s3_integrity="readback")
    assert answered(served.finalize(package_id))["status"] == "finalized"


def test_a_bound_expectation_that_does_not_hold_seals_nothing(served: Served, package_id: str) -> None:
    before = served.show(package_id), served.chain(package_id)
    wrong: list[dict[str, Any]] = [{"expected_file_count": 2}, {"expected_manifest_digest": OTHER_DIGEST}]
    answers = [served.finalize(package_id, **expectation) for expectation in wrong]
    assert [(answer.status, answer.code) for answer in answers] == [(409, "UNEXPECTED_CONTENT")] * 2
    assert answers[0].json["details"] == {"file_count": 3}
    assert (served.show(package_id), served.chain(package_id)) == before
    told = answers[1].json["details"]["manifest_digest"]
    finalized = answered(served.finalize(package_id, expected_file_count=3, expected_manifest_digest=told))
    assert finalized["manifest_digest"] == told


def test_finalize_again_gives_the_same_answer_and_no_event(served: Served, package_id: str) -> None:
    first = answered(served.finalize(package_id))
    chain = served.chain(package_id)
    with clock.freeze(clock.now() + timedelta(days=1)):
        again = answered(served.finalize(package_id))
        expected = answered(
            served.finalize(
                package_id, expected_file_count=3, expected_manifest_digest=first["manifest_digest"]
            )
        )
    assert again == expected == first
    assert served.chain(package_id) == chain


def test_a_wrong_expectation_is_refused_of_a_sealed_package_too(served: Served, package_id: str) -> None:
    answered(served.finalize(package_id))
    assert served.finalize(package_id, expected_file_count=4).code == "UNEXPECTED_CONTENT"
    assert served.finalize(package_id, expected_manifest_digest=OTHER_DIGEST).code == "UNEXPECTED_CONTENT"


def test_a_finalized_package_accepts_nothing_more(served: Served, package_id: str) -> None:
    answered(served.finalize(package_id))
    before = served.show(package_id), served.files(package_id), served.chain(package_id)
    answers = [
        served.plan(package_id, {"new": b"new"}),
        served.plan(package_id, {"a.txt": b"alpha"}),
        served.plan(package_id, {"a.txt": b"other"}, replace=True),
        served.api.post(f"/packages/{package_id}/fail", {"reason": "second thoughts"}),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(409, "INVALID_STATE")] * 4
    assert (served.show(package_id), served.files(package_id), served.chain(package_id)) == before


def test_an_empty_package_cannot_be_sealed(served: Served) -> None:
    package_id = served.create()
    answer = served.finalize(package_id)
    assert (answer.status, answer.code) == (409, "INVALID_STATE")
    assert served.show(package_id)["status"] == "created"


@pytest.mark.parametrize(
    "body",
    [
        {"expected_file_count": -1},
        {"expected_file_count": "3"},
        {"expected_file_count": 3.5},
        {"expected_manifest_digest": "0" * 64},
        {"expected_manifest_digest": "sha256:" + "A" * 64},
        {"force": True},
    ],
)
def test_an_expectation_that_breaks_a_rule_is_refused(
    served: Served, package_id: str, body: dict[str, Any]
) -> None:
    answer = served.finalize(package_id, **body)
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert served.show(package_id)["status"] == "uploading"


@pytest.mark.parametrize("name", sorted(RetentionClass))
def test_the_promise_of_retention_counts_from_the_seal(served: Served, name: str) -> None:
    package_id = served.create(retention_class=name)
    served.upload(package_id, FILES)
    sealed_at = clock.now() + timedelta(days=1)
    with clock.freeze(sealed_at):
        package = answered(served.finalize(package_id))
    days = PERIOD_DAYS[RetentionClass(name)]
    expected = None if days is None else moments.rfc3339(sealed_at + timedelta(days=days))
    assert package["expires_at"] == expected
    assert package["finalized_at"] == moments.rfc3339(sealed_at)
    last = served.chain(package_id)[-1]
    assert last.action == f"{RETENTION_SOURCE}defaulted"
    assert last.payload is not None
    assert last.payload["after"] == expected
