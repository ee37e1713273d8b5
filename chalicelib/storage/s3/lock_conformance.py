"""Attacks on the locks of a bucket.

They always use the mode GOVERNANCE: a canary in COMPLIANCE could not be removed before its date. The dates
are only as far away as an attack may last. So an object that cannot be removed at once can be removed soon.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.storage.conformance import FIRST, Seen
from chalicelib.storage.s3.bucket import Bucket
from chalicelib.storage.s3.versions import S3Versions, Version
from holdfast.api.codes import OBJECT_LOCK_MISSING

LOCKED_FOR = timedelta(seconds=60)
SHORTENED_TO = timedelta(seconds=30)


class LockConformance:
    """Objects below `folder` that are locked and then attacked; the owner of the folder removes them."""

    def __init__(self, bucket: Bucket, versions: S3Versions, folder: str) -> None:
        self._bucket = bucket
        self._versions = versions
        self._folder = folder

    def delete(self) -> Seen:
        """Remove an object under a legal hold, and one before its retain-until date."""
        held, dated = self._place("held"), self._place("dated")
        try:
            self._versions.hold(held, on=True)
            self._versions.retain(dated, mode="GOVERNANCE", until=_from_now(LOCKED_FOR))
        except Unavailable as error:
            return _without_locks(error)
        for version, lock in ((held, "a legal hold"), (dated, "a retain-until date")):
            if self._remove(version):
                return False, f"An object under {lock} was removed."
        return True, "Removing a version under a legal hold, and one under a retain-until date, was refused."

    def shorten(self) -> Seen:
        """Set an earlier retain-until date."""
        version, until = self._place("shortened"), _from_now(LOCKED_FOR)
        try:
            self._versions.retain(version, mode="GOVERNANCE", until=until)
            with suppress(ClientError, Unavailable):
                self._versions.retain(version, mode="GOVERNANCE", until=_from_now(SHORTENED_TO))
        except Unavailable as error:
            return _without_locks(error)
        kept = self._versions.lock_state(version).lock.retain_until == until
        return kept, f"An earlier retain-until date was {'refused' if kept else 'accepted'}."

    def _place(self, name: str) -> Version:
        at: Any = {"Bucket": self._bucket.name, "Key": f"{self._folder}/{name}"}
        self._bucket.client.put_object(**at, Body=FIRST)
        return self._versions.of(at["Key"])[0]

    def _remove(self, version: Version) -> bool:
        at: Any = {"Bucket": self._bucket.name, "Key": version.key, "VersionId": version.id}
        with suppress(ClientError):
            self._bucket.client.delete_object(**at)
        return not self._versions.of(version.key)


def _without_locks(error: Unavailable) -> Seen:
    if error.code != OBJECT_LOCK_MISSING:
        raise error
    return False, error.message


def _from_now(span: timedelta) -> datetime:
    return (clock.now() + span).replace(microsecond=0)
