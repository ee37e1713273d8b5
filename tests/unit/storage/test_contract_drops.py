"""What every store promises of a drop: one request, whatever bytes, and only what was sent first."""

import pytest

from chalicelib.core.settings import settings
from chalicelib.storage.s3.storage import S3Storage
from tests.unit.storage.conftest import Store
from tests.unit.storage.test_contract_uploads import MEDIA_TYPE, OTHER, stored


@pytest.mark.parametrize("body", [b"", b'{"suite":"api"}\n', bytes(200_000)])
def test_a_drop_takes_bytes_that_nobody_knew_before(store: Store, folder: str, body: bytes) -> None:
    request = store.storage.presign_drop(f"{folder}/rows.ndjson", media_type=MEDIA_TYPE)

    assert store.send(request, body)

    assert stored(store, f"{folder}/rows.ndjson") == body


def test_a_drop_keeps_what_was_sent_first_wherever_the_store_creates_only(store: Store, folder: str) -> None:
    kept = b"first"
    if isinstance(store.storage, S3Storage) and not store.storage.enforcement.create_only:
        kept = OTHER  # as the store's certificate says; who reads a drop keeps the digest of what was read
    request = store.storage.presign_drop(f"{folder}/rows.ndjson", media_type=MEDIA_TYPE)
    assert store.send(request, b"first")

    store.send(request, OTHER)

    assert stored(store, f"{folder}/rows.ndjson") == kept


def test_a_drop_is_good_for_its_own_key_only(store: Store, folder: str) -> None:
    request = store.storage.presign_drop(f"{folder}/rows.ndjson", media_type=MEDIA_TYPE)
    elsewhere = request._replace(url=request.url.replace("rows.ndjson", "other.ndjson"))

    assert not store.send(elsewhere, b"moved")

    assert stored(store, f"{folder}/other.ndjson") is None


def test_a_drop_is_good_for_as_long_as_an_upload(store: Store, folder: str) -> None:
    drop = store.storage.presign_drop(f"{folder}/a", media_type=MEDIA_TYPE)
    upload = store.storage.presign_put(f"{folder}/a", size=0, sha256="0" * 64, media_type=MEDIA_TYPE)

    assert abs((drop.expires_at - upload.expires_at).total_seconds()) <= settings().upload_url_ttl_s / 60
