from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import clock
from chalicelib.core.settings import Settings
from chalicelib.storage.s3.bucket import open_bucket
from chalicelib.storage.s3.signing import CREATE_ONLY, Operation, Signer, put_headers
from tests.conftest import Configure
from tests.unit.storage.conftest import make_settings

REGION = "eu-central-1"
SHA256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "secret/with+signs"
CREDENTIALS = ReadOnlyCredentials(ACCESS_KEY, SECRET_KEY, None)

letters = st.characters(codec="utf-8")
keys = st.text(letters, min_size=1, max_size=40)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
tokens = st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)
origins = st.sampled_from(
    ["http://127.0.0.1:4566/bucket/", "https://bucket.s3.amazonaws.com/", "https://store.test:443/bucket/"]
)
headers = st.just(dict[str, str]()) | st.builds(
    lambda size, media_type, extra: put_headers(size=size, sha256=SHA256, media_type=media_type) | extra,
    st.integers(0, 2**42),
    header_values,
    st.sampled_from([dict[str, str](), CREATE_ONLY]),
)
queries = st.dictionaries(
    st.sampled_from(["partNumber", "response-content-disposition", "response-content-type", "uploadId"]),
    st.text(letters, min_size=1, max_size=20),
)


def moment_of(url: str) -> datetime:
    stamp = parse_qs(urlsplit(url).query)["X-Amz-Date"][0]
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def signed_by_botocore(
    origin: str, operation: Operation, credentials: ReadOnlyCredentials, expires_s: int
) -> str:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in operation.query.items())
    url = f"{origin}{quote(operation.key, safe='/~')}" + (f"?{query}" if query else "")
    request = AWSRequest(operation.method, url, headers=dict(operation.headers))
    same = Credentials(ACCESS_KEY, SECRET_KEY, credentials.token)
    S3SigV4QueryAuth(same, "s3", REGION, expires=expires_s).add_auth(request)
    return str(request.url)


def taken_apart(url: str) -> tuple[str, Mapping[str, str]]:
    before, _, query = url.partition("?")
    return before, dict(parse_qsl(query, keep_blank_values=True))


@given(
    origin=origins,
    operation=st.builds(Operation, st.sampled_from(["GET", "PUT"]), keys, headers, queries),
    token=tokens,
    expires_s=st.integers(1, 604_800),
)
def test_every_signature_is_the_one_that_botocore_gives(
    origin: str, operation: Operation, token: str | None, expires_s: int
) -> None:
    credentials = CREDENTIALS._replace(token=token)
    expected = signed_by_botocore(origin, operation, credentials, expires_s)

    with clock.freeze(moment_of(expected)):
        signed = Signer(origin, REGION, lambda: credentials).url(operation, expires_s=expires_s)

    assert taken_apart(signed) == taken_apart(expected)


@pytest.mark.parametrize(
    "settings",
    [
        make_settings(s3_addressing_style="auto"),
        make_settings(s3_addressing_style="virtual", s3_region="eu-central-1"),
        make_settings(s3_addressing_style="path", s3_region="eu-central-1"),
        make_settings(s3_addressing_style="auto", s3_endpoint_url="http://127.0.0.1:7480"),
        make_settings(s3_addressing_style="virtual", s3_endpoint_url="https://store.test:8443"),
    ],
    ids=["aws", "aws virtual", "aws path", "own endpoint", "own endpoint virtual"],
)
def test_addresses_are_those_that_the_client_itself_uses(configure: Configure, settings: Settings) -> None:
    configure()
    bucket = open_bucket(settings)
    query = {"response-content-type": "text/plain"}
    expected = bucket.client.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket.name, "Key": "a/b c", "ResponseContentType": "text/plain"},
        ExpiresIn=60,
    )

    with clock.freeze(moment_of(expected)):
        signed = bucket.signer.url(Operation("GET", "a/b c", query=query), expires_s=60)

    assert taken_apart(signed) == taken_apart(expected)


def test_fresh_credentials_are_used_as_soon_as_there_are_any() -> None:
    current = [CREDENTIALS, CREDENTIALS._replace(access_key="NEXT", secret_key="other", token="session")]
    signer = Signer("https://bucket.test/", REGION, lambda: current.pop(0))

    first, second = (taken_apart(signer.url(Operation("GET", "k"), expires_s=60))[1] for _ in range(2))

    assert first["X-Amz-Credential"].startswith("AKIDEXAMPLE/")
    assert "X-Amz-Security-Token" not in first
    assert second["X-Amz-Credential"].startswith("NEXT/")
    assert second["X-Amz-Security-Token"] == "session"


def test_an_upload_carries_both_proofs_and_its_length() -> None:
    assert put_headers(size=11, sha256=SHA256, media_type="text/plain") == {
        "content-length": "11",
        "content-type": "text/plain",
        "x-amz-checksum-sha256": "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
        "x-amz-content-sha256": SHA256,
    }
