"""What every store promises of uploads in parts."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core.errors import NotFound
from chalicelib.storage.protocol import PartRequest
from tests.unit.storage.conftest import PART_BYTES, Store

DATA = bytes(PART_BYTES) + b"the last part is short"
MEDIA_TYPE = "application/zip"


def send_parts(store: Store, parts: Iterable[PartRequest], data: bytes = DATA) -> list[bool]:
    return [store.send(part.request, data[part.offset : part.offset + part.length]) for part in parts]


@pytest.fixture
def key(folder: str) -> str:
    return f"{folder}/multipart"


@pytest.fixture
def upload_id(store: Store, key: str) -> str:
    return store.storage.start_multipart(key, media_type=MEDIA_TYPE)


def test_parts_cover_the_file_in_order(store: Store, key: str, upload_id: str) -> None:
    parts = store.storage.presign_parts(key, upload_id, size=len(DATA))

    assert [(part.number, part.offset, part.length) for part in parts] == [
        (1, 0, PART_BYTES),
        (2, PART_BYTES, len(DATA) - PART_BYTES),
    ]


def test_joined_parts_are_the_file(store: Store, key: str, upload_id: str) -> None:
    parts = store.storage.presign_parts(key, upload_id, size=len(DATA))
    assert send_parts(store, parts) == [True, True]
    assert store.storage.head(key) is None

    assert store.storage.complete_multipart(key, upload_id, size=len(DATA))

    assert b"".join(store.storage.get(key)) == DATA


def test_a_missing_part_leaves_the_upload_open(store: Store, key: str, upload_id: str) -> None:
    parts = store.storage.presign_parts(key, upload_id, size=len(DATA))
    send_parts(store, parts[1:])

    assert not store.storage.complete_multipart(key, upload_id, size=len(DATA))
    assert store.storage.head(key) is None

    send_parts(store, parts[:1])
    assert store.storage.complete_multipart(key, upload_id, size=len(DATA))


def test_a_resumed_upload_leaves_out_the_parts_that_are_stored(
    store: Store, key: str, upload_id: str
) -> None:
    send_parts(store, store.storage.presign_parts(key, upload_id, size=len(DATA))[:1])

    left = store.storage.presign_parts(key, upload_id, size=len(DATA))

    assert [part.number for part in left] == [2]


def test_a_part_of_another_length_is_refused(store: Store, key: str, upload_id: str) -> None:
    last = store.storage.presign_parts(key, upload_id, size=len(DATA))[1]

    assert not store.send(last.request, DATA[last.offset :] + b"!")
    assert len(store.storage.presign_parts(key, upload_id, size=len(DATA))) == 2


def test_a_part_that_is_sent_again_replaces_itself(store: Store, key: str, upload_id: str) -> None:
    parts = store.storage.presign_parts(key, upload_id, size=len(DATA))
    send_parts(store, parts, bytes(PART_BYTES) + b"what was torn in sending")

    send_parts(store, parts)

    assert store.storage.complete_multipart(key, upload_id, size=len(DATA))
    assert b"".join(store.storage.get(key)) == DATA


def test_completing_again_changes_nothing(store: Store, key: str, upload_id: str) -> None:
    send_parts(store, store.storage.presign_parts(key, upload_id, size=len(DATA)))
    assert store.storage.complete_multipart(key, upload_id, size=len(DATA))

    assert store.storage.complete_multipart(key, upload_id, size=len(DATA))
    assert list(store.storage.presign_parts(key, upload_id, size=len(DATA))) == []


def test_two_who_complete_at_once_both_succeed(store: Store, key: str, upload_id: str) -> None:
    send_parts(store, store.storage.presign_parts(key, upload_id, size=len(DATA)))
    with ThreadPoolExecutor(2) as pool:
        joined = list(
            pool.map(lambda _: store.storage.complete_multipart(key, upload_id, size=len(DATA)), range(2))
        )

    assert joined == [True, True]
    assert b"".join(store.storage.get(key)) == DATA


def test_a_complete_object_of_another_size_is_not_the_file(store: Store, key: str, upload_id: str) -> None:
    send_parts(store, store.storage.presign_parts(key, upload_id, size=len(DATA)))
    assert store.storage.complete_multipart(key, upload_id, size=len(DATA))

    assert not store.storage.complete_multipart(key, upload_id, size=len(DATA) + 1)


def test_an_upload_that_was_given_up_is_gone_and_giving_up_again_is_no_error(
    store: Store, key: str, upload_id: str
) -> None:
    parts = store.storage.presign_parts(key, upload_id, size=len(DATA))

    store.storage.abort_multipart(key, upload_id)
    store.storage.abort_multipart(key, upload_id)

    assert send_parts(store, parts) == [False, False]
    assert not store.storage.complete_multipart(key, upload_id, size=len(DATA))
    with pytest.raises(NotFound):
        store.storage.presign_parts(key, upload_id, size=len(DATA))


def test_parts_of_an_open_upload_are_in_no_listing(
    store: Store, folder: str, key: str, upload_id: str
) -> None:
    send_parts(store, store.storage.presign_parts(key, upload_id, size=len(DATA)))

    assert list(store.storage.list(f"{folder}/")) == []
