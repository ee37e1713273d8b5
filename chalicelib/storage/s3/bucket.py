"""The connection to one bucket: a client, and a signer with the same address and credentials."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from botocore.utils import parse_timestamp

from chalicelib.core import aws
from chalicelib.core.settings import Settings
from chalicelib.storage.s3.errors import s3_errors, unavailable
from chalicelib.storage.s3.signing import Operation, Signer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PROBE_LIFETIME_S = 60
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


class Bucket(NamedTuple):
    """One open bucket: `client` for our own requests, `signer` for the requests that clients send."""

    name: str
    client: "S3Client"
    signer: Signer
    settings: Settings


def open_bucket(settings: Settings) -> Bucket:
    """Connect as `settings` say, without a request yet; raise `Unavailable` when there are no credentials."""
    session = _session(settings)
    client = _client(session, settings)
    with s3_errors():
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        signer = Signer(
            _bucket_url(client, settings.s3_bucket), settings.s3_region, credentials.get_frozen_credentials
        )
    return Bucket(settings.s3_bucket, client, signer, settings)


def send_presigned(bucket: Bucket, operation: Operation, body: bytes) -> int:
    """Sign `operation`, send it with `body` as a client would, and return the HTTP status of the answer.

    Raises `Unavailable` when the store does not answer, or answers that it cannot serve now.
    """
    url = bucket.signer.url(operation, expires_s=PROBE_LIFETIME_S)
    request = AWSRequest(operation.method, url, headers=dict(operation.headers), data=body).prepare()
    verify: Any = bucket.settings.s3_ca_bundle or True
    session = URLLib3Session(verify=verify)
    try:
        with s3_errors():
            status = int(session.send(request).status_code)
    finally:
        session.close()
    if status in _BUSY:
        raise unavailable("The object store is busy or failing; try again shortly.")
    return status


def _session(settings: Settings) -> boto3.Session:
    secret = settings.s3_secret_access_key
    core = get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
    )


def _moment(value: Any) -> datetime:
    # A listing has 1,000 moments, and the library's parser for all formats takes 60 ms for them.
    if isinstance(value, str) and value.endswith("Z"):
        return datetime.fromisoformat(value)
    return parse_timestamp(value)


def _client(session: boto3.Session, settings: Settings) -> "S3Client":
    # Over TLS boto3 leaves the payload hash out of the signature, and Ceph enforces that proof.
    options: Any = {"addressing_style": settings.s3_addressing_style, "payload_signing_enabled": True}
    return session.client(
        "s3",
        region_name=settings.s3_region,
        endpoint_url=settings.s3_endpoint_url,
        verify=settings.s3_ca_bundle,
        config=aws.config().merge(Config(signature_version="s3v4", s3=options)),
    )


def _bucket_url(client: "S3Client", bucket: str) -> str:
    # The library knows every rule of endpoints and addressing styles; one of its URLs shows the result.
    example = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    return example.partition("?")[0].removesuffix("k")
