"""The stores that the contract holds for: files, ministack, and a real Ceph gateway (`make test-ceph`)."""

import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from chalicelib.core import ids
from chalicelib.core.errors import HoldfastError
from chalicelib.core.settings import Settings
from chalicelib.storage.filesystem.storage import FilesystemStorage
from chalicelib.storage.protocol import Grant, SignedRequest, Storage
from chalicelib.storage.s3.bucket import open_bucket
from chalicelib.storage.s3.storage import S3Storage
from tests.conftest import Configure

PART_BYTES = 5 * 1024 * 1024
ALREADY_STORED = 412
LOCKED = "-locked"


@dataclass(frozen=True)
class Store:
    """One adapter, and a client that sends signed requests to it as they stand."""

    storage: Storage
    http: httpx.Client

    def send(self, request: SignedRequest, body: bytes) -> bool:
        """Whether the store took `body`. The length sent is the true one, as any client's is."""
        if isinstance(self.storage, FilesystemStorage):
            return _accepts(self.storage, request, body)
        headers = {**request.headers, "content-length": str(len(body))}
        answer = self.http.request(request.method, request.url, content=body, headers=headers)
        return answer.is_success or answer.status_code == ALREADY_STORED

    def fetch(self, request: SignedRequest) -> bytes:
        """The bytes that a signed download gives."""
        if isinstance(self.storage, FilesystemStorage):
            return b"".join(self.storage.open_download(query_of(request)).chunks)
        return self.http.get(request.url, headers=request.headers).raise_for_status().content


@pytest.fixture(
    params=[
        "filesystem",
        "ministack",
        "ministack-locked",
        pytest.param("ceph", marks=pytest.mark.ceph),
        pytest.param("ceph-tls", marks=pytest.mark.ceph),
        pytest.param("ceph-locked", marks=pytest.mark.ceph),
    ]
)
def store(request: pytest.FixtureRequest, configure: Configure, tmp_path: Path) -> Store:
    """Each store that the contract holds for, in turn."""
    configure()
    if request.param != "filesystem":
        opened: Store = request.getfixturevalue("s3_store")(request.param)
        return opened
    storage = FilesystemStorage(make_settings(filesystem_root=tmp_path / "objects"))
    return Store(storage, request.getfixturevalue("http"))


@pytest.fixture
def ministack(s3_store: Callable[[str], Store], configure: Configure) -> Store:
    """The S3 adapter on ministack."""
    configure()
    return s3_store("ministack")


@pytest.fixture(params=["ministack-locked", pytest.param("ceph-locked", marks=pytest.mark.ceph)])
def locking(
    request: pytest.FixtureRequest, s3_store: Callable[[str], Store], configure: Configure
) -> S3Storage:
    """Each store that keeps locks, with a bucket that has them, in turn."""
    configure()
    opened = s3_store(request.param).storage
    assert isinstance(opened, S3Storage)
    return opened


@pytest.fixture
def folder() -> str:
    """The prefix of a test's own keys, without the `/` at its end."""
    return f"main/acme/{ids.new('test')}"


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client without any trust or credentials of its own."""
    with httpx.Client() as client:
        yield client


@pytest.fixture(scope="session")
def s3_store(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Store]]:
    """Opens the S3 adapter on an engine by its name, once a session."""
    stores_by_engine: dict[str, Store] = {}

    def opened(engine: str) -> Store:
        if engine not in stores_by_engine:
            stores_by_engine[engine] = _open_s3(_s3_settings(engine, request))
        return stores_by_engine[engine]

    yield opened
    for each in stores_by_engine.values():
        each.http.close()


def make_settings(**overrides: Any) -> Settings:
    """Settings of an adapter; parts are as small as S3 permits."""
    values = {"multipart_threshold_bytes": PART_BYTES, "s3_addressing_style": "path"}
    return Settings.model_validate({**values, **{name: _plain(value) for name, value in overrides.items()}})


def grant(key: str) -> Grant:
    """A permission to remove what is under `key`, as an audit event would give it."""
    return Grant(key=key, tombstone="0" * 64, authority="policy:test", reason="it is over")


def query_of(request: SignedRequest) -> dict[str, str]:
    """The query parameters of a signed URL, as a route receives them."""
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _accepts(storage: FilesystemStorage, request: SignedRequest, body: bytes) -> bool:
    try:
        storage.accept_upload(query_of(request), body)
    except HoldfastError:
        return False
    return True


def _s3_settings(engine: str, request: pytest.FixtureRequest) -> Settings:
    locked = engine.endswith(LOCKED)
    bucket = {"s3_object_lock": locked, "s3_bucket": f"holdfast{LOCKED}" if locked else "holdfast"}
    if engine.startswith("ministack"):
        url = request.getfixturevalue("engine").url
        return make_settings(
            s3_endpoint_url=url, s3_access_key_id="test", s3_secret_access_key="test", **bucket
        )
    if "CEPH_URL" not in os.environ:
        pytest.skip("no Ceph gateway here: `make test-ceph` starts one")
    over_tls = engine == "ceph-tls"
    return make_settings(
        s3_endpoint_url=os.environ["CEPH_TLS_URL" if over_tls else "CEPH_URL"],
        s3_ca_bundle=os.environ["CEPH_CA_BUNDLE"] if over_tls else None,
        s3_access_key_id=os.environ["CEPH_ACCESS_KEY"],
        s3_secret_access_key=os.environ["CEPH_SECRET_KEY"],
        **bucket,
    )


def _open_s3(settings: Settings) -> Store:
    bucket = open_bucket(settings)
    # a bucket has Object Lock from its first moment or never, and versions with it
    bucket.client.create_bucket(Bucket=bucket.name, ObjectLockEnabledForBucket=settings.s3_object_lock)
    trust = ssl.create_default_context(cafile=settings.s3_ca_bundle)
    return Store(S3Storage(settings), httpx.Client(verify=trust))
