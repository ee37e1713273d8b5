"""What a lock promises, in a store that keeps it and in one that keeps none."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import clock
from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.storage.protocol import Lock, Storage
from chalicelib.storage.s3.bucket import Bucket, open_bucket
from chalicelib.storage.s3.storage import S3Storage
from tests.unit.storage.conftest import Store, grant, make_settings

BYTES = b"kept, every byte provable"
TOMORROW = timedelta(days=1)


@pytest.fixture
def bucket(locking: S3Storage) -> Bucket:
    """The bucket as its owner's own client sees it, past all that Holdfast does."""
    return open_bucket(locking.settings)


@pytest.fixture
def key(locking: S3Storage, folder: str, bucket: Bucket) -> Iterator[str]:
    """An object that is there; whatever a test locks is let go at its end."""
    key = f"{folder}/a"
    put(locking, key)
    yield key
    for version in versions(bucket, key):
        one: Any = {"Bucket": bucket.name, "Key": key, "VersionId": version}
        bucket.client.put_object_legal_hold(**one, LegalHold={"Status": "OFF"})
        bucket.client.delete_object(**one, BypassGovernanceRetention=True)


def put(storage: Storage, key: str) -> None:
    storage.put(key, io.BytesIO(BYTES), len(BYTES), hashlib.sha256(BYTES).hexdigest())


def versions(bucket: Bucket, key: str) -> list[str]:
    """The ids of all versions that hold bytes, newest first."""
    listed = bucket.client.list_object_versions(Bucket=bucket.name, Prefix=key)
    return [version["VersionId"] for version in listed.get("Versions", []) if version["Key"] == key]


def removed_by_the_owner(bucket: Bucket, key: str, version: str) -> bool:
    """Whether the store let its owner's own client remove that version."""
    with suppress(ClientError):
        bucket.client.delete_object(Bucket=bucket.name, Key=key, VersionId=version)
    return version not in versions(bucket, key)


def moment(ahead: timedelta) -> datetime:
    return (clock.now() + ahead).replace(microsecond=0)


def test_under_a_hold_the_stores_own_client_cannot_remove_and_after_release_it_can(
    locking: S3Storage, key: str, bucket: Bucket
) -> None:
    (version,) = versions(bucket, key)
    locking.lock(key, Lock(hold=True))

    assert locking.lock_of(key) == Lock(hold=True)
    assert not removed_by_the_owner(bucket, key, version)

    locking.lock(key, Lock(hold=False))

    assert locking.lock_of(key) == Lock(hold=False)
    assert removed_by_the_owner(bucket, key, version)


def test_a_retain_until_date_is_read_back_and_kept(locking: S3Storage, key: str, bucket: Bucket) -> None:
    until = moment(TOMORROW)

    locking.lock(key, Lock(retain_until=until))

    assert locking.lock_of(key) == Lock(retain_until=until)
    assert not removed_by_the_owner(bucket, key, versions(bucket, key)[0])


def test_part_of_a_second_is_rounded_up(locking: S3Storage, key: str) -> None:
    until = moment(TOMORROW)

    locking.lock(key, Lock(retain_until=until + timedelta(microseconds=1)))

    assert locking.lock_of(key) == Lock(retain_until=until + timedelta(seconds=1))


@pytest.mark.parametrize("ahead", [None, TOMORROW], ids=["hold", "date"])
def test_under_a_lock_nothing_is_disposed_of(
    locking: S3Storage, key: str, bucket: Bucket, ahead: timedelta | None
) -> None:
    locking.lock(key, Lock(retain_until=moment(ahead)) if ahead else Lock(hold=True))
    before = versions(bucket, key)

    with pytest.raises(Conflict, match="OBJECT_LOCKED"):
        locking.dispose(grant(key))

    assert versions(bucket, key) == before
    assert not locking.absent(key)


def test_a_lock_is_for_every_version(locking: S3Storage, key: str, bucket: Bucket) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=BYTES)

    locking.lock(key, Lock(hold=True))

    found = versions(bucket, key)
    assert len(found) > 1
    assert not any(removed_by_the_owner(bucket, key, version) for version in found)


def test_one_locked_version_of_many_keeps_all(locking: S3Storage, key: str, bucket: Bucket) -> None:
    locking.lock(key, Lock(hold=True))
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=BYTES)
    before = versions(bucket, key)

    assert locking.lock_of(key) == Lock(hold=False)  # the weakest of both
    with pytest.raises(Conflict, match="OBJECT_LOCKED"):
        locking.dispose(grant(key))
    assert versions(bucket, key) == before


def test_a_date_is_only_ever_moved_further(locking: S3Storage, key: str) -> None:
    until = moment(2 * TOMORROW)
    locking.lock(key, Lock(retain_until=until))

    with pytest.raises(Conflict, match="OBJECT_LOCKED"):
        locking.lock(key, Lock(retain_until=moment(TOMORROW), hold=True))
    locking.lock(key, Lock())
    assert locking.lock_of(key) == Lock(retain_until=until)
    locking.lock(key, Lock(retain_until=until + TOMORROW))

    assert locking.lock_of(key) == Lock(retain_until=until + TOMORROW)


def test_a_date_that_has_passed_changes_nothing(locking: S3Storage, key: str) -> None:
    locking.lock(key, Lock(retain_until=clock.now() - TOMORROW))

    assert locking.lock_of(key) == Lock()


def test_what_is_not_there_cannot_be_locked(locking: S3Storage, folder: str) -> None:
    with pytest.raises(NotFound):
        locking.lock(f"{folder}/absent", Lock(hold=True))
    with pytest.raises(NotFound):
        locking.lock_of(f"{folder}/absent")


def test_a_bucket_without_locks_is_named_as_the_fault(store: Store, folder: str) -> None:
    if not isinstance(store.storage, S3Storage) or store.storage.settings.s3_object_lock:
        pytest.skip("files have no such setting, and this bucket has locks")
    put(store.storage, f"{folder}/a")
    asking = S3Storage(store.storage.settings.model_copy(update={"s3_object_lock": True}))

    for lock in (Lock(hold=True), Lock(retain_until=moment(TOMORROW))):
        with pytest.raises(Unavailable, match=r"OBJECT_LOCK_MISSING.*no Object Lock"):
            asking.lock(f"{folder}/a", lock)


def test_where_locks_are_off_none_is_set_and_none_is_told(store: Store, folder: str) -> None:
    if isinstance(store.storage, S3Storage) and store.storage.settings.s3_object_lock:
        pytest.skip("they are on here")
    put(store.storage, f"{folder}/a")

    store.storage.lock(f"{folder}/a", Lock(retain_until=moment(TOMORROW), hold=True))

    assert store.storage.lock_of(f"{folder}/a") is None
    assert store.storage.dispose(grant(f"{folder}/a")).versions == 1


def test_files_cannot_be_asked_for_locks() -> None:
    with pytest.raises(ValueError, match="HOLDFAST_S3_OBJECT_LOCK needs HOLDFAST_STORAGE=s3"):
        make_settings(storage="filesystem", s3_object_lock=True)
