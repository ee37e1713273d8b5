import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.storage.content import copy_proven
from chalicelib.storage.protocol import CHUNK_BYTES


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_declared_bytes_are_copied_whole(size: int) -> None:
    data = bytes(size)
    target = io.BytesIO()

    copy_proven(io.BytesIO(data), target, size=size, sha256=sha256_of(data))

    assert target.getvalue() == data


@given(declared=st.binary(max_size=20), sent=st.binary(max_size=20))
def test_only_the_declared_bytes_pass(declared: bytes, sent: bytes) -> None:
    def copy() -> None:
        copy_proven(io.BytesIO(sent), io.BytesIO(), size=len(declared), sha256=sha256_of(declared))

    if sent == declared:
        copy()
    else:
        with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
            copy()


def test_of_an_endless_stream_one_byte_too_many_is_read() -> None:
    source, target = io.BytesIO(bytes(1000)), io.BytesIO()

    with pytest.raises(Invalid, match="CONTENT_MISMATCH"):
        copy_proven(source, target, size=10, sha256=sha256_of(bytes(10)))

    assert source.tell() == 11
