"""What every store promises of signed requests: they let through what was declared, and nothing else."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.storage.protocol import SignedRequest, Storage
from chalicelib.storage.s3.storage import S3Storage
from tests.unit.storage.conftest import Store

BYTES = b"kept, every byte provable"
OTHER = b"kept, not what was stated"
MEDIA_TYPE = "text/plain"


def upload_of(storage: Storage, key: str, data: bytes = BYTES) -> SignedRequest:
    return storage.presign_put(
        key, size=len(data), sha256=hashlib.sha256(data).hexdigest(), media_type=MEDIA_TYPE
    )


def stored(store: Store, key: str) -> bytes | None:
    return b"".join(store.storage.get(key)) if store.storage.head(key) else None


def test_an_upload_stores_the_declared_bytes(store: Store, folder: str) -> None:
    assert store.send(upload_of(store.storage, f"{folder}/a"), BYTES)

    assert stored(store, f"{folder}/a") == BYTES


def test_an_upload_of_an_empty_file_is_stored(store: Store, folder: str) -> None:
    assert store.send(upload_of(store.storage, f"{folder}/empty", b""), b"")

    assert stored(store, f"{folder}/empty") == b""


def test_an_upload_to_a_key_of_any_letters_is_stored(store: Store, folder: str) -> None:
    key = f"{folder}/Prüfbericht 1 +&=%~'()*,;@[]#?.xml"

    assert store.send(upload_of(store.storage, key), BYTES)

    assert stored(store, key) == BYTES


@pytest.mark.parametrize("body", [OTHER, BYTES[:-1], BYTES + b"!", b""])
def test_other_bytes_than_declared_are_refused_and_not_stored(store: Store, folder: str, body: bytes) -> None:
    assert not store.send(upload_of(store.storage, f"{folder}/a"), body)

    assert stored(store, f"{folder}/a") is None


def test_a_second_upload_counts_as_done_and_changes_nothing(store: Store, folder: str) -> None:
    request = upload_of(store.storage, f"{folder}/a")
    assert store.send(request, BYTES)

    assert store.send(request, BYTES)

    assert stored(store, f"{folder}/a") == BYTES


def test_an_upload_to_a_taken_key_changes_nothing(store: Store, folder: str) -> None:
    if isinstance(store.storage, S3Storage) and not store.storage.enforcement.create_only:
        pytest.skip(
            "the store keeps no create-only, as its certificate says: keys that name content need none"
        )
    assert store.send(upload_of(store.storage, f"{folder}/a"), BYTES)

    store.send(upload_of(store.storage, f"{folder}/a", OTHER), OTHER)

    assert stored(store, f"{folder}/a") == BYTES


def test_racing_uploads_of_a_file_store_it_once(store: Store, folder: str) -> None:
    data = bytes(200_000)
    request = upload_of(store.storage, f"{folder}/a", data)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: store.send(request, data), range(4)))

    assert any(taken)
    assert stored(store, f"{folder}/a") == data


def test_an_upload_after_its_time_is_refused(store: Store, folder: str) -> None:
    with clock.freeze(clock.now() - timedelta(hours=2)):
        request = upload_of(store.storage, f"{folder}/a")

    assert not store.send(request, BYTES)
    assert stored(store, f"{folder}/a") is None


def test_a_request_says_when_it_expires(store: Store, folder: str) -> None:
    request = upload_of(store.storage, f"{folder}/a")

    assert timedelta(minutes=59) < request.expires_at - clock.now() <= timedelta(hours=1)


def test_a_request_for_one_key_does_not_serve_another(store: Store, folder: str) -> None:
    request = upload_of(store.storage, f"{folder}/mine")

    assert not store.send(request._replace(url=request.url.replace("mine", "your")), BYTES)
    assert stored(store, f"{folder}/your") is None


def test_a_request_without_its_signature_is_refused(store: Store, folder: str) -> None:
    request = upload_of(store.storage, f"{folder}/a")
    name = "X-Amz-Signature=" if "X-Amz-Signature=" in request.url else "signature="
    before, _, signature = request.url.rpartition(name)
    changed = signature[:-1] + ("0" if signature[-1] != "0" else "1")

    assert not store.send(request._replace(url=f"{before}{name}{changed}"), BYTES)
    assert stored(store, f"{folder}/a") is None


def test_a_download_gives_the_stored_bytes(store: Store, folder: str) -> None:
    store.send(upload_of(store.storage, f"{folder}/a"), BYTES)

    request = store.storage.presign_get(f"{folder}/a", filename="Bericht é.txt", media_type=MEDIA_TYPE)

    assert request.method == "GET"
    assert store.fetch(request) == BYTES
