"""POST /hooks/{name}/bundles: how the zip of a release is uploaded."""

import hashlib
from typing import Any

import pytest

from holdfast.api.bundles import MAX_BUNDLE_BYTES
from tests.support.served import Served, answered

BUNDLES = "/hooks/junit-summary/bundles"
CONTENT = b"the bytes of a zip"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def planned(served: Served, **overrides: Any) -> Any:
    """The upload instruction."""
    return answered(served.api.post(BUNDLES, {"digest": DIGEST, "size": len(CONTENT)} | overrides))


def test_a_bundle_is_sent_to_a_key_that_names_its_bytes(served: Served) -> None:
    upload = planned(served)
    assert (upload["stored"], upload["method"], upload["digest"]) == (False, "PUT", DIGEST)
    assert served.send(upload, CONTENT) == 200
    key = f"{served.workspace}/{served.workspace}/hooks/sha256/{DIGEST}"
    assert served.s3.get_object(Bucket=served.bucket, Key=key)["Body"].read() == CONTENT


def test_what_is_there_already_is_not_sent_again(served: Served) -> None:
    served.bundle("another-hook", CONTENT)
    upload = planned(served)
    assert (upload["stored"], upload["url"], upload["headers"]) == (True, None, {})


def test_a_size_that_is_not_that_of_the_stored_bytes_is_refused(served: Served) -> None:
    served.bundle("junit-summary", CONTENT)
    refused = served.api.post(BUNDLES, {"digest": DIGEST, "size": 1})
    assert (refused.status, refused.code) == (409, "BUNDLE_DIFFERS")
    assert refused.json["details"]["size"] == len(CONTENT)


def test_other_bytes_than_declared_are_not_let_in(served: Served) -> None:
    assert served.send(planned(served), b"x" * len(CONTENT)) in {400, 403}
    assert planned(served)["stored"] is False


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({"size": MAX_BUNDLE_BYTES + 1}, "MAX_BUNDLE_BYTES"),
        ({"size": 0}, "must be at least 1"),
        ({"size": "1"}, "integer"),
        ({"digest": DIGEST.upper()}, "64 lower-case hex digits"),
        ({"digest": f"sha256:{DIGEST}"}, "64 lower-case hex digits"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused(served: Served, overrides: dict[str, Any], word: str) -> None:
    refused = served.api.post(BUNDLES, {"digest": DIGEST, "size": 1} | overrides)
    assert refused.status == 422
    assert word in refused.json["message"]


def test_a_bundle_of_the_largest_size_is_planned(served: Served) -> None:
    assert planned(served, size=MAX_BUNDLE_BYTES)["stored"] is False


def test_a_name_that_is_no_slug_is_refused(served: Served) -> None:
    refused = served.api.post("/hooks/No/bundles", {"digest": DIGEST, "size": 1})
    assert (refused.status, refused.code) == (422, "INVALID_HOOK_NAME")
