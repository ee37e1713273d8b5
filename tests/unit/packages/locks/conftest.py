"""The service on a store that keeps locks: ministack, and a real Ceph gateway (`make test-ceph`)."""

import os
from collections.abc import Iterator

import pytest

from chalicelib.core.settings import settings
from chalicelib.storage.s3.bucket import open_bucket
from tests.conftest import Configure
from tests.support.packages.owner import Owner
from tests.support.served import Served


@pytest.fixture(params=["ministack", pytest.param("ceph", marks=pytest.mark.ceph)])
def store(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of each store that keeps locks."""
    if request.param == "ministack":
        return {}
    if "CEPH_URL" not in os.environ:
        pytest.skip("no Ceph gateway here: `make test-ceph` starts one")
    return {
        "s3_endpoint_url": os.environ["CEPH_URL"],
        "s3_access_key_id": os.environ["CEPH_ACCESS_KEY"],
        "s3_secret_access_key": os.environ["CEPH_SECRET_KEY"],
    }


@pytest.fixture
def owner(served: Served, adjust: Configure, store: dict[str, str]) -> Iterator[Owner]:
    """A bucket of the test's own with Object Lock, and whoever owns it; the setting is still off."""
    adjust(**store, s3_bucket=f"locked-{served.workspace}")
    client = open_bucket(settings()).client
    client.create_bucket(Bucket=settings().s3_bucket, ObjectLockEnabledForBucket=True)
    served.s3, served.bucket = client, settings().s3_bucket
    yield Owner(served, adjust)
    client.close()
