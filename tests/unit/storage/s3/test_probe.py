import hashlib
from base64 import b64decode
from collections.abc import Mapping
from itertools import product

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.storage.s3.probe import Enforcement, probe
from chalicelib.storage.s3.signing import PAYLOAD_HASH


class Pretended:
    """A store that enforces what it is told to; `answers` holds the objects it took, by key."""

    def __init__(self, enforced: Enforcement, *, knows_conditions: bool = True) -> None:
        self.enforced = enforced
        self.knows_conditions = knows_conditions
        self.taken: dict[str, bytes] = {}

    def attempt(self, key: str, headers: Mapping[str, str], body: bytes) -> int:
        digest = hashlib.sha256(body)
        if PAYLOAD_HASH in headers and not self.enforced.signs_payload:
            return 403
        if self.enforced.payload_hash and headers["x-amz-content-sha256"] != digest.hexdigest():
            return 400
        if self.enforced.checksum and b64decode(headers["x-amz-checksum-sha256"]) != digest.digest():
            return 400
        if "if-none-match" in headers and not self.knows_conditions:
            return 501
        if "if-none-match" in headers and self.enforced.create_only and key in self.taken:
            return 412
        self.taken[key] = body
        return 200


@pytest.mark.parametrize("enforced", [Enforcement(*each) for each in product([True, False], repeat=3)])
def test_each_promise_is_found_out_by_itself(enforced: Enforcement) -> None:
    assert probe(Pretended(enforced).attempt, "main/.probe/x") == enforced


def test_a_store_that_refuses_conditions_is_not_asked_for_them() -> None:
    enforced = Enforcement(payload_hash=True, checksum=True, create_only=False)

    assert probe(Pretended(enforced, knows_conditions=False).attempt, "main/.probe/x") == enforced


def test_probe_objects_stay_in_their_folder() -> None:
    store = Pretended(Enforcement(payload_hash=False, checksum=False, create_only=False))

    probe(store.attempt, "main/.probe/x")

    assert {key.rpartition("/")[0] for key in store.taken} == {"main/.probe/x"}


def test_a_store_that_signs_no_payload_hashes_is_sent_none_and_may_still_prove_by_checksum() -> None:
    enforced = Enforcement(payload_hash=False, checksum=True, create_only=True, signs_payload=False)
    found = probe(Pretended(enforced).attempt, "main/.probe/x")
    assert found == enforced
    assert found.proves_content
    assert PAYLOAD_HASH not in found.bound({PAYLOAD_HASH: "0" * 64, "content-length": "1"})


def test_a_store_that_refuses_everything_proves_nothing() -> None:
    with pytest.raises(Unavailable, match="status 403"):
        probe(lambda _key, _headers, _body: 403, "main/.probe/x")
