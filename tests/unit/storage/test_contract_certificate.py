"""What every store is found to enforce; the honest answer differs, and is written down here."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core import ids
from chalicelib.storage.models import ConformanceReport
from chalicelib.storage.protocol import Storage
from chalicelib.storage.s3.bucket import open_bucket
from chalicelib.storage.s3.storage import S3Storage
from chalicelib.storage.s3.versions import S3Versions
from holdfast.api.storage import Claim, Verdict
from tests.unit.storage.conftest import Store

YES, NO, NOTHING = Verdict.YES, Verdict.NO, Verdict.NOT_APPLICABLE
PLAIN = {Claim.DELETE_UNDER_LOCK: NOTHING, Claim.SHORTENED_LOCK: NOTHING}
LOCKED = {Claim.DELETE_UNDER_LOCK: YES, Claim.SHORTENED_LOCK: YES}
FILES = {Claim.OVERWRITE: YES, Claim.RACE: YES, Claim.CHECKSUM: NOTHING, Claim.PAYLOAD_HASH: YES} | {
    Claim.MULTIPART: YES
}
MINISTACK = {Claim.OVERWRITE: YES, Claim.RACE: YES, Claim.CHECKSUM: YES, Claim.PAYLOAD_HASH: NO} | {
    Claim.MULTIPART: YES
}
CEPH = {Claim.OVERWRITE: YES, Claim.RACE: YES, Claim.CHECKSUM: NO, Claim.PAYLOAD_HASH: YES} | {
    Claim.MULTIPART: NO
}
# in a bucket with versions, which Object Lock wants, Ceph takes each create-only upload as a new version
CEPH_WITH_VERSIONS = CEPH | {Claim.OVERWRITE: NO, Claim.RACE: NO}
ENFORCED = {
    "filesystem": FILES | PLAIN,
    "ministack": MINISTACK | PLAIN,
    "ministack-locked": MINISTACK | LOCKED,
    "ceph": CEPH | PLAIN,
    "ceph-tls": CEPH | PLAIN,
    "ceph-locked": CEPH_WITH_VERSIONS | LOCKED,
}


@pytest.fixture
def expected(request: pytest.FixtureRequest) -> dict[Claim, Verdict]:
    """What the store of this test enforces."""
    return ENFORCED[request.node.callspec.params["store"]]


def verdicts_by_claim(attacked: ConformanceReport) -> dict[Claim, Verdict]:
    assert all(finding.detail for finding in attacked.findings)
    return {finding.claim: finding.enforced for finding in attacked.findings}


def apart(store: Store) -> Storage:
    """The same store in a namespace that nothing else uses, whoever else tests it now."""
    if not isinstance(store.storage, S3Storage):
        return store.storage
    own = ids.new("t").replace("_", "").lower()[:30]
    return S3Storage(store.storage.settings.model_copy(update={"namespace": own}))


def everything(storage: Storage) -> list[str]:
    """Every key of the namespace, and every version of each."""
    if not isinstance(storage, S3Storage):
        return [found.key for found in storage.list("main/")]
    bucket, prefix = open_bucket(storage.settings), f"{storage.settings.namespace}/"
    pages = bucket.client.get_paginator("list_object_versions").paginate(Bucket=bucket.name, Prefix=prefix)
    return [
        f"{each['Key']} {each['VersionId']}"
        for page in pages
        for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    ]


def place_neighbours(storage: Storage) -> None:
    """Objects whose names are much like those of canaries."""
    namespace = storage.settings.namespace if isinstance(storage, S3Storage) else "main"
    for key in (".probe-canary", ".probes/x", "acme/packages/pkg_1/manifest.json"):
        storage.put(f"{namespace}/{key}", io.BytesIO(), 0, hashlib.sha256().hexdigest())


def test_a_store_is_found_to_enforce_what_it_enforces(store: Store, expected: dict[Claim, Verdict]) -> None:
    assert verdicts_by_claim(store.storage.certify()) == expected


def test_an_attack_touches_nothing_else_and_leaves_nothing(store: Store) -> None:
    storage = apart(store)
    place_neighbours(storage)
    before = everything(storage)

    attacked = storage.certify()

    assert attacked.left_behind == []
    assert everything(storage) == before


def test_attacks_at_once_do_not_disturb_each_other(store: Store, expected: dict[Claim, Verdict]) -> None:
    storage = apart(store)
    with ThreadPoolExecutor(3) as pool:
        attacks = list(pool.map(lambda _: storage.certify(), range(3)))

    assert [verdicts_by_claim(attacked) for attacked in attacks] == [expected] * 3
    assert everything(storage) == []


def test_a_bucket_that_cannot_lock_is_found_to_keep_no_locks(ministack: Store) -> None:
    assert isinstance(ministack.storage, S3Storage)
    asking = S3Storage(ministack.storage.settings.model_copy(update={"s3_object_lock": True}))

    attacked = asking.certify()

    assert verdicts_by_claim(attacked) == MINISTACK | {Claim.DELETE_UNDER_LOCK: NO, Claim.SHORTENED_LOCK: NO}
    assert "no Object Lock" in attacked.findings[4].detail
    assert attacked.left_behind == []


def test_a_canary_that_the_store_does_not_let_go_is_named(locking: S3Storage) -> None:
    def forget_to_bypass(params: dict[str, object], **_: object) -> None:
        params.pop("BypassGovernanceRetention", None)

    own = f"t{ids.new('x')[2:].lower()}"
    storage = S3Storage(locking.settings.model_copy(update={"namespace": own}))
    events = storage._bucket.client.meta.events
    events.register("provide-client-params.s3.DeleteObject", forget_to_bypass)

    attacked = storage.certify()

    events.unregister("provide-client-params.s3.DeleteObject", forget_to_bypass)
    names = {key.partition("/locks/")[2] for key in attacked.left_behind}
    assert names == {"dated", "shortened"}
    assert S3Versions(storage._bucket).discard(f"{own}/.probe/") == []
