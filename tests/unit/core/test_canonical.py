"""Equal content gives equal bytes gives an equal digest (RFC 8785)."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import canonical

SAFE = 2**53
# between these ECMAScript writes a float as an integer, which only another float is read from exactly
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda found: not SAFE <= abs(found) < 1e21)
EXACT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-SAFE + 1, max_value=SAFE - 1)
    | FLOATS
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)


def test_keys_are_sorted_and_nothing_is_padded() -> None:
    assert (
        canonical.encode({"b": 1, "a": [True, None, "é"], "": {}})
        == '{"":{},"a":[true,null,"é"],"b":1}'.encode()
    )


def test_keys_sort_by_utf_16_code_units() -> None:
    assert canonical.encode({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, b"1"), (1e21, b"1e+21"), (1e-7, b"1e-7"), (0.1, b"0.1"), (-0.0, b"0")]
)
def test_numbers_are_written_as_ecmascript_does(value: float, text: bytes) -> None:
    assert canonical.encode(value) == text


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        "\ud800",
        {"\ud800": 1},
        {"a": ["\udfff"]},
        b"bytes",
        {1: 2},
        {1, 2},
    ],
)
def test_what_json_cannot_carry_exactly_is_refused(value: Any) -> None:
    with pytest.raises(canonical.NotExact):
        canonical.encode(value)


@given(EXACT)
def test_what_is_written_is_read_back_and_written_the_same(value: Any) -> None:
    written = canonical.encode(value)
    assert json.loads(written) == value
    assert canonical.encode(json.loads(written)) == written


def test_the_order_of_insertion_does_not_show() -> None:
    assert canonical.digest({"a": 1, "b": 2}) == canonical.digest({"b": 2, "a": 1})


def test_a_digest_says_its_algorithm_and_is_of_the_canonical_bytes() -> None:
    assert canonical.digest({"a": 1}) == "sha256:" + hashlib.sha256(b'{"a":1}').hexdigest()
    assert canonical.sha256_hex(b"") == hashlib.sha256().hexdigest()
