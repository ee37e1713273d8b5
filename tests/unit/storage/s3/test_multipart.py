from collections.abc import Iterator

import boto3
import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.stub import Stubber

from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.storage.protocol import StoredObject
from chalicelib.storage.s3.bucket import Bucket
from chalicelib.storage.s3.multipart import S3Multipart
from chalicelib.storage.s3.signing import Signer
from tests.conftest import Configure
from tests.unit.storage.conftest import PART_BYTES, make_settings

KEY = "main/multipart"
SIZE = PART_BYTES + 10
LISTED = [
    {"PartNumber": 1, "Size": PART_BYTES, "ETag": '"one"'},
    {"PartNumber": 2, "Size": 10, "ETag": '"two"'},
]


@pytest.fixture
def bucket(configure: Configure) -> Bucket:
    configure()
    signer = Signer("https://bucket.test/", "us-east-1", lambda: ReadOnlyCredentials("AK", "SK", None))
    return Bucket("bucket", boto3.client("s3"), signer, make_settings())


@pytest.fixture
def answers(bucket: Bucket) -> Iterator[Stubber]:
    with Stubber(bucket.client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def found(size: int) -> StoredObject:
    return StoredObject(KEY, size, clock.now())


def test_whoever_is_overtaken_while_joining_finds_the_object(bucket: Bucket, answers: Stubber) -> None:
    answers.add_response("list_parts", {"Parts": LISTED})
    answers.add_client_error("complete_multipart_upload", "NoSuchUpload", http_status_code=404)

    assert S3Multipart(bucket, lambda _: found(SIZE)).complete(KEY, "upload", size=SIZE)


def test_a_join_that_fails_for_another_reason_is_no_success(bucket: Bucket, answers: Stubber) -> None:
    answers.add_response("list_parts", {"Parts": LISTED})
    answers.add_client_error("complete_multipart_upload", "InternalError", http_status_code=500)

    with pytest.raises(Unavailable):
        S3Multipart(bucket, lambda _: found(SIZE)).complete(KEY, "upload", size=SIZE)


def test_a_stored_part_of_another_length_is_sent_again(bucket: Bucket, answers: Stubber) -> None:
    short = [LISTED[0], {**LISTED[1], "Size": 9}]
    for _ in range(2):
        answers.add_response("list_parts", {"Parts": short})
    multipart = S3Multipart(bucket, lambda _: None)

    assert [part.number for part in multipart.presign(KEY, "upload", size=SIZE)] == [2]
    assert not multipart.complete(KEY, "upload", size=SIZE)


def test_parts_on_later_pages_count(bucket: Bucket, answers: Stubber) -> None:
    answers.add_response("list_parts", {"Parts": LISTED[:1], "IsTruncated": True, "NextPartNumberMarker": 1})
    answers.add_response("list_parts", {"Parts": LISTED[1:], "IsTruncated": False})

    assert S3Multipart(bucket, lambda _: None).presign(KEY, "upload", size=SIZE) == []
