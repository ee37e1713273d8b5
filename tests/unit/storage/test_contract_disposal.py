"""What every store promises of an end: all of an object goes, nothing else does, nothing under a lock."""

import hashlib
import io

import pytest
from pydantic import ValidationError

from chalicelib.core.errors import Invalid
from chalicelib.storage.protocol import Disposed, Grant, Storage
from chalicelib.storage.s3.bucket import open_bucket
from chalicelib.storage.s3.storage import S3Storage
from tests.unit.storage.conftest import Store, grant

BYTES = b"kept, every byte provable"


def put(storage: Storage, key: str) -> None:
    storage.put(key, io.BytesIO(BYTES), len(BYTES), hashlib.sha256(BYTES).hexdigest())


def put_again(storage: Storage, key: str) -> None:
    """Store the bytes once more as a stranger with the bucket's keys does; files have one version."""
    if isinstance(storage, S3Storage):
        bucket = open_bucket(storage.settings)
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=BYTES)


def hide(storage: Storage, key: str) -> None:
    """Delete without a version, as a stranger does: a bucket with versions keeps the bytes."""
    if isinstance(storage, S3Storage):
        bucket = open_bucket(storage.settings)
        bucket.client.delete_object(Bucket=bucket.name, Key=key)


def test_what_is_disposed_of_is_gone_and_once_more_is_no_error(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")

    assert store.storage.dispose(grant(f"{folder}/a")) == Disposed(f"{folder}/a", 1)
    assert store.storage.dispose(grant(f"{folder}/a")) == Disposed(f"{folder}/a", 0)

    assert store.storage.head(f"{folder}/a") is None
    assert store.storage.absent(f"{folder}/a")


def test_every_version_of_an_object_goes(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")
    for _ in range(2):
        put_again(store.storage, f"{folder}/a")
        hide(store.storage, f"{folder}/a")
    put_again(store.storage, f"{folder}/a")

    store.storage.dispose(grant(f"{folder}/a"))

    assert store.storage.head(f"{folder}/a") is None
    assert store.storage.absent(f"{folder}/a")


def test_an_object_whose_name_only_starts_so_stays(store: Store, folder: str) -> None:
    longer = [f"{folder}/a-", f"{folder}/a0", f"{folder}/aa", f"{folder}/aé"]
    for key in [f"{folder}/a", *longer]:
        put(store.storage, key)

    store.storage.dispose(grant(f"{folder}/a"))

    assert [found.key for found in store.storage.list(f"{folder}/")] == longer


def test_what_is_below_a_key_that_holds_nothing_stays(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a/b")

    assert store.storage.dispose(grant(f"{folder}/a")).versions == 0

    assert store.storage.head(f"{folder}/a/b") is not None


def test_only_what_is_gone_in_every_version_is_absent(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")
    put(store.storage, f"{folder}/ab")

    assert not store.storage.absent(f"{folder}/a")
    assert store.storage.absent(f"{folder}/b")
    assert store.storage.absent(folder)


def test_no_prefix_can_be_disposed_of(store: Store, folder: str) -> None:
    put(store.storage, f"{folder}/a")

    with pytest.raises(Invalid, match="INVALID_KEY"):
        store.storage.dispose(grant(f"{folder}/"))

    assert store.storage.head(f"{folder}/a") is not None


@pytest.mark.parametrize("lacking", ["tombstone", "authority", "reason"])
def test_there_is_no_grant_without_an_event_an_authority_and_a_reason(lacking: str) -> None:
    with pytest.raises(ValidationError):
        Grant.model_validate({**grant("main/a").model_dump(), lacking: ""})
