"""The meaning of a store's errors, by code and status alone: Ceph sends no message, other stores vary."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.errors import HoldfastError, Unavailable, not_found
from chalicelib.storage.content import content_mismatch
from holdfast.api.codes import UNAVAILABLE

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
GONE_UPLOAD = frozenset({"NoSuchUpload"})
MISMATCH = frozenset(
    {
        "BadDigest",
        "IncompleteBody",
        "InvalidDigest",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    }
)
REFUSED = frozenset(
    {
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "403",
    }
)
BUSY = frozenset(
    {
        "ConditionalRequestConflict",
        "OperationAborted",
        "PreconditionFailed",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
    }
)


@contextmanager
def s3_errors() -> Iterator[None]:
    """Raise errors of Holdfast in place of the store's: `NotFound`, `Invalid` or `Unavailable`.

    `Invalid` has the code CONTENT_MISMATCH. Any other error is a fault of Holdfast and is raised unchanged.
    """
    try:
        yield
    except ClientError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error
    except BotoCoreError as error:
        raise unavailable("The object store does not answer now; try again shortly.") from error


def unavailable(message: str) -> Unavailable:
    """Return the error for a store that cannot be used now; `message` gives the reason."""
    return Unavailable(UNAVAILABLE, message)


def code_of(error: ClientError) -> str:
    """Return the error code of an answer; for a HEAD, which has no body, its status as text."""
    return error.response.get("Error", {}).get("Code", "")


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an answer, or 0 when the library kept none."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _meaning(error: ClientError) -> HoldfastError | None:
    code, status = code_of(error), status_of(error)
    if code in MISMATCH:
        return content_mismatch()
    if code in MISSING or code in GONE_UPLOAD:
        return not_found()
    if code == "NoSuchBucket":
        return unavailable("The bucket does not exist; set HOLDFAST_S3_BUCKET to one that does.")
    if code in REFUSED:
        return unavailable(
            "The object store refuses the credentials of Holdfast; check HOLDFAST_S3_ACCESS_KEY_ID."
        )
    if code in BUSY or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unavailable("The object store is busy or failing; try again shortly.")
    return None
