"""Files over the threshold: sent in parts, resumed, joined and re-hashed."""

import hashlib
from typing import Any

import pytest

from tests.conftest import Configure
from tests.support.served import Served, answered, declared

MIB = 1024 * 1024
PART = 5 * MIB
LARGE = bytes(range(256)) * (PART // 256) + b"and a bit"


@pytest.fixture
def package_id(served: Served, adjust: Configure) -> str:
    """A package in a service that sends files over 5 MiB in parts."""
    adjust(multipart_threshold_bytes=PART)
    return served.create()


def parts(served: Served, package_id: str, data: bytes = LARGE, **wanted: Any) -> list[dict[str, Any]]:
    """The parts that are still to be sent of a file called `large`."""
    (item,) = answered(served.plan(package_id, {"large": data}, **wanted))["items"]
    assert item["stored"] is False
    assert item["url"] is None
    return list(item["parts"])


def send(served: Served, part: dict[str, Any], data: bytes = LARGE) -> None:
    """Send one part of `data`."""
    assert served.send(part, data[part["offset"] : part["offset"] + part["length"]]) == 200


def refusal(served: Served, package_id: str) -> str:
    """Why the package's one file is not taken."""
    answer = served.finalize(package_id)
    assert (answer.status, answer.code) == (409, "INCOMPLETE_PACKAGE")
    (file,) = answer.json["details"]["files"]
    assert file["path"] == "large"
    return str(file["reason"])


def test_a_file_over_the_threshold_is_cut_into_parts_that_cover_it(served: Served, package_id: str) -> None:
    found = [(part["number"], part["offset"], part["length"]) for part in parts(served, package_id)]
    assert found == [(1, 0, PART), (2, PART, 9)]


def test_a_file_at_the_threshold_is_sent_at_once(served: Served, package_id: str) -> None:
    (item,) = answered(served.plan(package_id, {"exact": LARGE[:PART]}))["items"]
    assert item["parts"] is None
    assert item["method"] == "PUT"


def test_parts_are_joined_at_the_seal_and_hold_the_declared_bytes(served: Served, package_id: str) -> None:
    for part in parts(served, package_id):
        send(served, part)
    package = answered(served.finalize(package_id))
    key = served.files(package_id)["large"]["storage"]["key"]
    stored = served.s3.get_object(Bucket=served.bucket, Key=key)["Body"].read()
    assert hashlib.sha256(stored).digest() == hashlib.sha256(LARGE).digest()
    assert package["total_bytes"] == len(LARGE)
    assert served.files(package_id)["large"]["state"] == "stored"


def test_an_interrupted_upload_goes_on_with_the_parts_that_are_missing(
    served: Served, package_id: str
) -> None:
    first, second = parts(served, package_id)
    send(served, first)
    assert [part["number"] for part in parts(served, package_id)] == [second["number"]]
    assert refusal(served, package_id) == "some of its parts have not arrived"
    send(served, parts(served, package_id)[0])
    assert answered(served.finalize(package_id))["status"] == "finalized"


def test_a_wrong_part_is_found_at_the_seal_and_mended_by_replacing(served: Served, package_id: str) -> None:
    wrong = b"!" + LARGE[1:]
    for part in parts(served, package_id):
        send(served, part, wrong)
    assert "replace: true" in refusal(served, package_id)
    assert served.show(package_id)["status"] == "uploading"
    for part in parts(served, package_id, replace=True):
        send(served, part)
    package = answered(served.finalize(package_id))
    assert (package["file_count"], package["total_bytes"]) == (1, len(LARGE))


def test_an_upload_that_the_store_gave_up_starts_again(served: Served, package_id: str) -> None:
    assert len(parts(served, package_id)) == 2
    for upload in served.s3.list_multipart_uploads(Bucket=served.bucket).get("Uploads", []):
        if package_id in upload["Key"]:
            served.s3.abort_multipart_upload(
                Bucket=served.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )
    for part in parts(served, package_id):
        send(served, part)
    package = answered(served.finalize(package_id))
    assert (package["file_count"], package["total_bytes"]) == (1, len(LARGE))


def test_a_plan_of_too_many_parts_is_refused_naming_the_limit(served: Served, package_id: str) -> None:
    size = 1001 * PART
    body = {"files": [declared(name, b"", size=size) for name in ("one", "two")]}
    answer = served.api.post(f"/packages/{package_id}/uploads", body)
    assert (answer.status, answer.code) == (422, "PLAN_TOO_LARGE")
    assert "2000 (MAX_PLAN_PARTS)" in answer.json["message"]
    assert served.show(package_id)["status"] == "created"


def test_a_refused_plan_leaves_no_upload_open(served: Served, package_id: str) -> None:
    answered(served.plan(package_id, {"a": b"x"}))
    assert served.plan(package_id, {"large": LARGE, "a": b"other"}).code == "DUPLICATE_PATH"
    opened = served.s3.list_multipart_uploads(Bucket=served.bucket).get("Uploads", [])
    assert [upload["Key"] for upload in opened if package_id in upload["Key"]] == []
