"""What every store promises of objects, whichever it is (adapter.Storage)."""

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.storage.protocol import CHUNK_BYTES, Lock, Storage
from tests.unit.storage.conftest import Store, grant

BYTES = b"kept, every byte provable"
OTHER = b"kept, not what was stated"

HOSTILE_KEYS = [
    "",
    "/etc/passwd",
    "main/../../etc/passwd",
    "main/./x",
    "main//x",
    "main/x/",
    "main\\x",
    "C:/x",
    "main/x\x00.txt",
    "main/x\n",
    "main/ x",
    "main/cafe\u0301",
    "main/\ud800",
    "main/" + "x" * 256,
    "x/" * 600 + "x",
    "main/.incoming-x",
]


class Killed(BaseException):
    """Stands for the end of a process in the middle of a put."""


class Torn(io.BytesIO):
    """A stream that gives its bytes once, and then the reader's process ends."""

    def read(self, size: int | None = -1) -> bytes:
        if not (chunk := super().read(size)):
            raise Killed
        return chunk


def put(storage: Storage, key: str, data: bytes = BYTES) -> None:
    storage.put(key, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


def test_what_was_put_is_given_back(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")

    assert b"".join(store.storage.get(f"{folder}/a")) == BYTES


def test_head_tells_size_and_time_of_what_is_stored(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")

    found = store.storage.head(f"{folder}/a")

    assert found is not None
    assert (found.key, found.size) == (f"{folder}/a", len(BYTES))
    assert abs(found.stored_at - clock.now()) < timedelta(minutes=5)


def test_an_empty_object_is_an_object(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/empty", b"")

    assert b"".join(store.storage.get(f"{folder}/empty")) == b""
    assert store.storage.head(f"{folder}/empty") is not None


def test_a_key_may_hold_any_letter(store: Store, folder: str) -> None:
    key = f"{folder}/Prüfbericht 1 +&=%~'()*,;@[]#?.xml"

    put(store.storage, key)

    assert [found.key for found in store.storage.list(f"{folder}/")] == [key]


@pytest.mark.parametrize("size", [len(BYTES) - 1, len(BYTES) + 1], ids=["shorter", "longer"])
def test_a_put_of_another_size_than_declared_stores_nothing(store: Store, folder: str, size: int) -> None:
    with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
        store.storage.put(f"{folder}/a", io.BytesIO(BYTES), size, hashlib.sha256(BYTES).hexdigest())

    assert store.storage.head(f"{folder}/a") is None


def test_a_put_of_other_bytes_than_declared_stores_nothing(store: Store, folder: str) -> None:
    with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
        store.storage.put(f"{folder}/a", io.BytesIO(OTHER), len(OTHER), hashlib.sha256(BYTES).hexdigest())

    assert list(store.storage.list(f"{folder}/")) == []


def test_a_put_that_breaks_off_leaves_nothing(store: Store, folder: str) -> None:
    with pytest.raises(Killed):
        store.storage.put(f"{folder}/a", Torn(BYTES), 100, hashlib.sha256(BYTES).hexdigest())

    assert list(store.storage.list(f"{folder}/")) == []


def test_a_second_put_leaves_the_first(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")

    put(store.storage, f"{folder}/a", OTHER)

    assert b"".join(store.storage.get(f"{folder}/a")) == BYTES


def test_of_racing_puts_one_is_stored_whole(store: Store, folder: str) -> None:
    contents = [bytes([letter]) * 100_000 for letter in b"abcd"]
    with ThreadPoolExecutor(len(contents)) as pool:
        list(pool.map(lambda data: put(store.storage, f"{folder}/a", data), contents))

    assert b"".join(store.storage.get(f"{folder}/a")) in contents
    assert len(list(store.storage.list(f"{folder}/"))) == 1


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (5, None), (0, 4), (5, 9), (5, 5), (20, 99), (25, None), (99, None)]
)
def test_a_range_gives_its_bytes_as_far_as_the_object_reaches(
    store: Store, folder: str, start: int, end: int | None
) -> None:
    put(store.storage, f"{folder}/a")

    assert b"".join(store.storage.get(f"{folder}/a", start=start, end=end)) == BYTES[start:end]


def test_a_large_object_comes_in_chunks(store: Store, folder: str) -> None:
    data = bytes(2 * CHUNK_BYTES + 1)
    put(store.storage, f"{folder}/large", data)

    chunks = list(store.storage.get(f"{folder}/large"))

    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= CHUNK_BYTES


@pytest.mark.parametrize("end", [None, 0])
def test_an_absent_object_is_told_before_its_first_chunk(store: Store, folder: str, end: int | None) -> None:
    with pytest.raises(NotFound):
        store.storage.get(f"{folder}/absent", end=end)


def test_a_listing_over_a_thousand_objects_is_whole(store: Store, folder: str) -> None:
    keys = [f"{folder}/{number:04}" for number in range(1001)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: put(store.storage, key, b""), keys))

    assert [found.key for found in store.storage.list(f"{folder}/")] == keys


def test_a_listing_is_in_the_order_of_the_keys_bytes_and_of_its_prefix_alone(
    store: Store, folder: str
) -> None:
    keys = [f"{folder}/x/{name}" for name in ("a-b", "a/b", "a/c/d", "ab", "é")]
    for key in [*keys, f"{folder}/xy", f"{folder}/w"]:
        put(store.storage, key)

    assert [found.key for found in store.storage.list(f"{folder}/x/")] == keys


def test_a_prefix_without_objects_lists_nothing(store: Store, folder: str) -> None:
    assert list(store.storage.list(f"{folder}/")) == []


def _uses_of_a_key() -> Iterator[Callable[[Storage, str], object]]:
    yield put
    yield lambda storage, key: storage.get(key)
    yield lambda storage, key: storage.head(key)
    yield lambda storage, key: storage.dispose(grant(key))
    yield lambda storage, key: storage.absent(key)
    yield lambda storage, key: storage.lock(key, Lock(hold=True))
    yield lambda storage, key: storage.lock_of(key)
    yield lambda storage, key: list(storage.list(f"{key}/"))
    yield lambda storage, key: storage.presign_put(key, size=1, sha256="0" * 64, media_type="text/plain")
    yield lambda storage, key: storage.presign_get(key, filename="x", media_type="text/plain")
    yield lambda storage, key: storage.start_multipart(key, media_type="text/plain")
    yield lambda storage, key: storage.presign_parts(key, "upload", size=1)
    yield lambda storage, key: storage.complete_multipart(key, "upload", size=1)
    yield lambda storage, key: storage.abort_multipart(key, "upload")


@pytest.mark.parametrize("key", HOSTILE_KEYS, ids=range(len(HOSTILE_KEYS)))
def test_a_hostile_key_is_refused_by_every_method(store: Store, key: str) -> None:
    for use in _uses_of_a_key():
        with pytest.raises(Invalid, match="INVALID_KEY"):
            use(store.storage, key)


def test_a_healthy_store_says_so_and_keeps_no_probe(store: Store) -> None:
    health = store.storage.health()

    assert health.ok, health.detail
    assert list(store.storage.list("main/.probe/")) == []


def test_the_store_proves_uploads(store: Store) -> None:
    assert store.storage.proves_uploads()
