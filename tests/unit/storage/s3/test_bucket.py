import hashlib
import io
from datetime import UTC

from tests.unit.storage.conftest import Store


def test_a_listing_and_a_head_name_the_same_moment(ministack: Store, folder: str) -> None:
    # one is written as ISO 8601, the other as an HTTP date
    key = f"{folder}/a"
    ministack.storage.put(key, io.BytesIO(b"a"), 1, hashlib.sha256(b"a").hexdigest())

    (listed,) = ministack.storage.list(f"{folder}/")
    found = ministack.storage.head(key)

    assert found is not None
    assert listed.stored_at.replace(microsecond=0) == found.stored_at
    assert listed.stored_at.utcoffset() == UTC.utcoffset(None)
