import hashlib
import io
from collections.abc import Callable, Iterator

import pytest

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.settings import Integrity, Settings
from chalicelib.storage.s3.probe import Enforcement
from chalicelib.storage.s3.storage import S3Storage
from infra.local.engine import free_port
from tests.conftest import Configure
from tests.support.stacks.credulous import CredulousStore, credulous_store
from tests.unit.storage.conftest import Store, make_settings

BYTES = b"kept, every byte provable"
OTHER = b"kept, not what was stated"
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def credulous(configure: Configure) -> Iterator[CredulousStore]:
    configure()
    with credulous_store() as server:
        yield server


def settings_of(url: str, **overrides: object) -> Settings:
    return make_settings(
        s3_endpoint_url=url, s3_access_key_id="test", s3_secret_access_key="test", **overrides
    )


def opened(storage: object) -> S3Storage:
    assert isinstance(storage, S3Storage)
    return storage


def test_ministack_enforces_the_checksum_and_creates_only(ministack: Store) -> None:
    assert opened(ministack.storage).enforcement == Enforcement(
        payload_hash=False, checksum=True, create_only=True, signs_payload=False
    )


@pytest.mark.ceph
@pytest.mark.parametrize("engine_name", ["ceph", "ceph-tls"])
def test_ceph_enforces_the_payload_hash_and_creates_only(
    s3_store: Callable[[str], Store], engine_name: str
) -> None:
    assert opened(s3_store(engine_name).storage).enforcement == Enforcement(
        payload_hash=True, checksum=False, create_only=True
    )


def test_the_probe_leaves_nothing_behind(ministack: Store) -> None:
    assert opened(ministack.storage).enforcement.proves_content

    assert list(ministack.storage.list("main/.probe/")) == []


def test_a_store_is_probed_once(credulous: CredulousStore) -> None:
    storage = S3Storage(settings_of(credulous.url, s3_integrity=Integrity.READBACK))
    storage.presign_put("main/a", size=1, sha256=SHA256, media_type="text/plain")
    probing = credulous.puts

    storage.presign_put("main/b", size=1, sha256=SHA256, media_type="text/plain")

    assert credulous.puts == probing > 0


def test_a_store_that_proves_nothing_is_not_relied_on(credulous: CredulousStore) -> None:
    storage = S3Storage(settings_of(credulous.url))

    for use in (
        storage.proves_uploads,
        lambda: storage.presign_put("main/a", size=1, sha256=SHA256, media_type="text/plain"),
        lambda: storage.put("main/a", io.BytesIO(BYTES), len(BYTES), SHA256),
    ):
        with pytest.raises(Unavailable, match=r"STORE_PROVES_NOTHING.*HOLDFAST_S3_INTEGRITY=readback"):
            use()
    assert credulous.data_by_path == {}


def test_a_store_that_proves_nothing_is_unhealthy_until_it_is_read_back(credulous: CredulousStore) -> None:
    relying = S3Storage(settings_of(credulous.url)).health()
    reading_back = S3Storage(settings_of(credulous.url, s3_integrity=Integrity.READBACK)).health()

    assert not relying.ok
    assert "HOLDFAST_S3_INTEGRITY=readback" in relying.detail
    assert reading_back.ok, reading_back.detail


def test_with_readback_the_store_is_said_to_prove_nothing(
    credulous: CredulousStore, ministack: Store
) -> None:
    enforcing = opened(ministack.storage)
    asked = S3Storage(enforcing.settings.model_copy(update={"s3_integrity": Integrity.READBACK}))

    assert not S3Storage(settings_of(credulous.url, s3_integrity=Integrity.READBACK)).proves_uploads()
    assert not asked.proves_uploads()


def test_our_own_writes_are_proven_even_where_the_store_proves_nothing(credulous: CredulousStore) -> None:
    storage = S3Storage(settings_of(credulous.url, s3_integrity=Integrity.READBACK))
    with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
        storage.put("main/a", io.BytesIO(OTHER), len(OTHER), SHA256)

    storage.put("main/a", io.BytesIO(BYTES), len(BYTES), SHA256)
    storage.put("main/a", io.BytesIO(OTHER), len(OTHER), hashlib.sha256(OTHER).hexdigest())

    assert b"".join(storage.get("main/a")) == BYTES


def test_create_only_is_asked_for_only_where_it_is_kept(credulous: CredulousStore, ministack: Store) -> None:
    ignoring = S3Storage(settings_of(credulous.url, s3_integrity=Integrity.READBACK))

    def headers(storage: S3Storage) -> dict[str, str]:
        return storage.presign_put("main/a", size=1, sha256=SHA256, media_type="text/plain").headers

    assert "if-none-match" not in headers(ignoring)
    assert headers(opened(ministack.storage))["if-none-match"] == "*"


def test_a_store_that_nobody_runs_is_unavailable(configure: Configure) -> None:
    configure()
    health = S3Storage(settings_of(f"http://127.0.0.1:{free_port()}")).health()

    assert not health.ok
    assert "does not answer" in health.detail


def test_a_missing_bucket_is_named_as_the_fault(ministack: Store) -> None:
    settings = opened(ministack.storage).settings.model_copy(update={"s3_bucket": "absent"})

    with pytest.raises(Unavailable, match="HOLDFAST_S3_BUCKET"):
        S3Storage(settings).get("main/a")


def test_an_upload_that_is_cut_off_leaves_nothing(store: Store, folder: str) -> None:
    if not isinstance(store.storage, S3Storage):
        pytest.skip("the service takes a whole body or none")
    request = store.storage.presign_put(
        f"{folder}/a", size=len(BYTES), sha256=SHA256, media_type="text/plain"
    )
    with pytest.raises(ConnectionResetError, match="cut"):
        store.http.put(request.url, content=_cut_off(), headers=request.headers)

    assert store.storage.head(f"{folder}/a") is None


def _cut_off() -> Iterator[bytes]:
    yield BYTES[:5]
    raise ConnectionResetError("cut")
