"""The owner of a bucket with locks: what they see and do with the store's own client, past Holdfast."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core import clock
from tests.conftest import Configure
from tests.support.served import Served, answered

FILES = {"a": b"alpha", "b": b"beta"}


class Owner:
    """Owns the bucket of `served`."""

    def __init__(self, served: Served, adjust: Configure) -> None:
        self.served = served
        self._adjust = adjust

    def switch_on(self) -> None:
        """Set HOLDFAST_S3_OBJECT_LOCK."""
        self._adjust(s3_object_lock="true")

    def expired(self) -> str:
        """A package whose promise ended yesterday, finalized while the setting was off; its id.

        A store's locks go by its own clock, which no test can move.
        """
        long_ago = clock.now() - timedelta(days=91)
        with clock.freeze(long_ago):
            package_id = self.served.create()
        self.served.upload(package_id, FILES)
        with clock.freeze(long_ago):
            answered(self.served.finalize(package_id))
        return package_id

    def versions(self, package_id: str) -> list[dict[str, Any]]:
        """What names each version of a package's objects."""
        found = self.served.everything(package_id)[1]
        return [{"Bucket": self.served.bucket, "Key": key, "VersionId": version} for key, version in found]

    def locks(self, package_id: str) -> list[tuple[datetime | None, bool]]:
        """The date and the hold of each object, as the store tells them."""
        told = [self.served.s3.head_object(**one) for one in self.versions(package_id)]
        return [
            (each.get("ObjectLockRetainUntilDate"), each.get("ObjectLockLegalHoldStatus") == "ON")
            for each in told
        ]

    def removes(self, version: dict[str, Any]) -> bool:
        """Whether the store lets its owner remove a version, with every permission that there is."""
        with suppress(ClientError):
            self.served.s3.delete_object(**version, BypassGovernanceRetention=True)
            return True
        return False
