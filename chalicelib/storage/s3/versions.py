"""All versions of an object in a bucket: their locks, and their permanent removal.

A bucket with versions answers a plain DELETE with a marker and keeps every byte. A store that ignores
create-only there (Ceph does) keeps each upload. So a disposal and a lock address every version by its id. A
bucket without versions has one version of each object, with the id `null`; this module treats both alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.core import clock
from chalicelib.core.errors import not_found
from chalicelib.storage.locks import lock_missing, object_locked
from chalicelib.storage.protocol import Lock
from chalicelib.storage.s3.bucket import Bucket
from chalicelib.storage.s3.errors import code_of, s3_errors, status_of

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import ObjectLockModeType

_CANNOT_LOCK = frozenset({"InvalidRequest", "ObjectLockConfigurationNotFoundError", "InvalidBucketState"})


class Version(NamedTuple):
    """One version of an object; a delete marker holds no bytes."""

    key: str
    id: str
    holds_bytes: bool


class VersionLock(NamedTuple):
    """The lock of one version, and the mode of its date; the mode is None when there is no date."""

    mode: "ObjectLockModeType | None"
    lock: Lock


class S3Versions:
    """The versions in one bucket; the caller checks the keys."""

    def __init__(self, bucket: Bucket) -> None:
        self._name, self._client = bucket.name, bucket.client
        self._mode: ObjectLockModeType = bucket.settings.s3_object_lock_mode.value

    def of(self, key: str) -> list[Version]:
        """Return every version of exactly `key`, versions with bytes first.

        The store lists by prefix; versions of longer keys are left out.
        """
        found: list[Version] = []
        for page in self._pages(key):
            found += [version for version in page if version.key == key]
            if any(version.key != key for version in page):
                break  # a listing is ordered by key, and longer keys come later
        return sorted(found, key=lambda version: not version.holds_bytes)

    def remove(self, key: str) -> int:
        """Remove every version of `key` and its markers, and return their number. See `Storage.dispose`."""
        found = self.of(key)
        holding = [version for version in found if version.holds_bytes]
        # the store refuses one version at a time: none may go before all are known to have no lock
        if len(holding) > 1 and any(self._is_locked(version) for version in holding):
            raise object_locked(key)
        for version in found:
            self._delete(version)
        return len(found)

    def discard(self, prefix: str) -> list[str]:
        """Remove all versions below `prefix`, which are our own probes; return the keys that a lock keeps."""
        found = [version for page in self._pages(prefix) for version in page]
        with s3_errors():
            return [version.key for version in found if not self._free(version)]

    def lock(self, key: str, wanted: Lock) -> None:
        """Change the lock of every version of `key` to `wanted`. See `Storage.lock`."""
        until = _whole_second(wanted.retain_until)
        found = self._locks(key)
        kept_until = [kept.lock.retain_until for kept in found.values() if kept.lock.retain_until]
        if until and any(until < kept for kept in kept_until if kept > clock.now()):
            raise object_locked(key)
        for version, kept in found.items():
            self._retain(version, kept, until)
            if kept.lock.hold != wanted.hold:
                self.hold(version, on=wanted.hold)

    def lock_of(self, key: str) -> Lock:
        """Return the weakest lock of all versions of `key`; raise `NotFound` when there is none."""
        locks = [kept.lock for kept in self._locks(key).values()]
        dates = [lock.retain_until for lock in locks]
        least = None if None in dates else min(date for date in dates if date)
        return Lock(least, all(lock.hold for lock in locks))

    def hold(self, version: Version, *, on: bool) -> None:
        """Set or release the legal hold of one version."""
        with _lock_errors():
            self._client.put_object_legal_hold(
                **self._address(version), LegalHold={"Status": "ON" if on else "OFF"}
            )

    def retain(self, version: Version, *, mode: "ObjectLockModeType", until: datetime) -> None:
        """Set the retain-until date of one version."""
        with _lock_errors():
            self._client.put_object_retention(
                **self._address(version), Retention={"Mode": mode, "RetainUntilDate": until}
            )

    def lock_state(self, version: Version) -> VersionLock:
        """Return the lock of one version, as the store reports it."""
        with s3_errors():
            answer = self._client.head_object(**self._address(version))
        until = answer.get("ObjectLockRetainUntilDate")
        hold = answer.get("ObjectLockLegalHoldStatus") == "ON"
        return VersionLock(answer.get("ObjectLockMode"), Lock(until.astimezone(UTC) if until else None, hold))

    def _retain(self, version: Version, kept: VersionLock, until: datetime | None) -> None:
        if until is None or until <= clock.now() or kept.lock.retain_until == until:
            return
        self.retain(version, mode=kept.mode or self._mode, until=until)

    def _locks(self, key: str) -> dict[Version, VersionLock]:
        found = {version: self.lock_state(version) for version in self.of(key) if version.holds_bytes}
        if not found:
            raise not_found()
        return found

    def _is_locked(self, version: Version) -> bool:
        return self.lock_state(version).lock.holds(clock.now())

    def _delete(self, version: Version) -> None:
        with s3_errors():
            try:
                self._client.delete_object(**self._address(version))
            except ClientError as error:
                # errors differ by store, and a missing permission looks the same: only the lock is certain
                if status_of(error) < HTTPStatus.INTERNAL_SERVER_ERROR and self._is_locked(version):
                    raise object_locked(version.key) from error
                raise

    def _free(self, version: Version) -> bool:
        for attempt in (self._delete_plainly, self._delete_past_the_lock):
            try:
                attempt(version)
            except ClientError as error:
                if status_of(error) not in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN):
                    raise
            else:
                return True
        return False

    def _delete_plainly(self, version: Version) -> None:
        self._client.delete_object(**self._address(version))

    def _delete_past_the_lock(self, version: Version) -> None:
        self._client.put_object_legal_hold(**self._address(version), LegalHold={"Status": "OFF"})
        self._client.delete_object(**self._address(version), BypassGovernanceRetention=True)

    def _pages(self, prefix: str) -> Iterator[list[Version]]:
        paginator = self._client.get_paginator("list_object_versions")
        with s3_errors():
            for page in paginator.paginate(Bucket=self._name, Prefix=prefix):
                versions = [
                    Version(each["Key"], each["VersionId"], True) for each in page.get("Versions", [])
                ]
                markers = page.get("DeleteMarkers", [])
                yield versions + [Version(each["Key"], each["VersionId"], False) for each in markers]

    def _address(self, version: Version) -> dict[str, Any]:
        return {"Bucket": self._name, "Key": version.key, "VersionId": version.id}


@contextmanager
def _lock_errors() -> Iterator[None]:
    with s3_errors():
        try:
            yield
        except ClientError as error:
            if code_of(error) in _CANNOT_LOCK:
                raise lock_missing() from error
            raise


def _whole_second(moment: datetime | None) -> datetime | None:
    # rounded up, since a store keeps whole seconds and must never release a lock early
    if moment is None or moment.microsecond == 0:
        return moment
    return moment.replace(microsecond=0) + timedelta(seconds=1)
