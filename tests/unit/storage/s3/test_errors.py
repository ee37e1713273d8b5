import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.core.errors import HoldfastError, Invalid, NotFound, Unavailable
from chalicelib.storage.s3.errors import s3_errors


def answer(code: str, status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "PutObject",
    )


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("NoSuchKey", 404, NotFound),
        ("404", 404, NotFound),
        ("NoSuchUpload", 404, NotFound),
        ("NoSuchBucket", 404, Unavailable),
        ("XAmzContentSHA256Mismatch", 400, Invalid),
        ("BadDigest", 400, Invalid),
        ("InvalidDigest", 400, Invalid),
        ("IncompleteBody", 400, Invalid),
        ("AccessDenied", 403, Unavailable),
        ("SignatureDoesNotMatch", 403, Unavailable),
        ("ExpiredToken", 400, Unavailable),
        ("SlowDown", 503, Unavailable),
        ("RequestTimeout", 400, Unavailable),
        ("ConditionalRequestConflict", 409, Unavailable),
        ("PreconditionFailed", 412, Unavailable),
        ("Unheard", 429, Unavailable),
        ("Unheard", 500, Unavailable),
    ],
)
def test_an_answer_means_the_same_whatever_it_says_in_words(
    code: str, status: int, meaning: type[HoldfastError]
) -> None:
    with pytest.raises(meaning), s3_errors():
        raise answer(code, status)


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1"),
    ],
)
def test_silence_is_unavailability(failure: Exception) -> None:
    with pytest.raises(Unavailable), s3_errors():
        raise failure


def test_a_mistake_of_ours_stays_what_it_is() -> None:
    with pytest.raises(ClientError), s3_errors():
        raise answer("MalformedXML", 400)
