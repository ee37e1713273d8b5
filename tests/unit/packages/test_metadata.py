"""Metadata: any JSON that can be carried exactly, within named limits."""

import json
from typing import Any

import pytest

from holdfast.api.packages import MAX_METADATA_BYTES, MAX_METADATA_DEPTH
from tests.support.api import Answer
from tests.support.served import Served, answered

PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}


def created_with(served: Served, value: bytes) -> Answer:
    """What a request with this raw JSON as metadata's `a` answers."""
    head = json.dumps(PACKAGE).encode().removesuffix(b"}")
    return served.api.post("/packages", head + b', "metadata": {"a": ' + value + b"}}")


def test_64_kib_of_metadata_are_kept_and_one_byte_more_is_refused_naming_the_limit(served: Served) -> None:
    fits = "x" * (MAX_METADATA_BYTES - len('{"a":""}'))
    package = answered(created_with(served, json.dumps(fits).encode()), 201)
    assert served.show(package["id"])["metadata"] == {"a": fits}
    refused = created_with(served, json.dumps(fits + "x").encode())
    assert (refused.status, refused.code) == (422, "INVALID_REQUEST")
    assert "65537" in refused.json["message"]
    assert "65536 (MAX_METADATA_BYTES)" in refused.json["message"]


def test_the_limit_counts_utf8_bytes(served: Served) -> None:
    assert created_with(served, json.dumps("\u6f22" * (MAX_METADATA_BYTES // 3)).encode()).status == 422
    assert created_with(served, json.dumps("\u6f22" * (MAX_METADATA_BYTES // 3 - 3)).encode()).status == 201


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"1" * 5000, b"'x'", b"01", b"[1,]"])
def test_what_is_not_json_is_refused_as_malformed(served: Served, value: bytes) -> None:
    answer = created_with(served, value)
    assert (answer.status, answer.code) == (400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    "value",
    [
        b"1e999",
        b"-1e999",
        b"9007199254740993",
        b"-9007199254740993",
        b"1" * 400,
        b'"\\ud800"',
        b'{"\\ud800":1}',
    ],
)
def test_what_json_cannot_carry_exactly_is_refused_saying_so(served: Served, value: bytes) -> None:
    answer = created_with(served, value)
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert "cannot carry exactly" in answer.json["message"]


@pytest.mark.parametrize(
    "value",
    [0, -0.5, 2**53 - 1, -(2**53) + 1, 1e-7, 1e300, True, None, "", "\0", "\u2028", [], {}, {"": {"": []}}],
)
def test_what_json_can_carry_comes_back_as_it_was(served: Served, value: Any) -> None:
    package = answered(created_with(served, json.dumps(value).encode()), 201)
    shown = served.show(package["id"])["metadata"]["a"]
    assert shown == value
    assert type(shown) is type(value)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"b":', b"}")])
def test_metadata_may_nest_to_a_named_depth(served: Served, opening: bytes, closing: bytes) -> None:
    nested = MAX_METADATA_DEPTH - 1  # metadata itself is the first level
    assert created_with(served, _nest(opening, closing, nested)).status == 201
    refused = created_with(served, _nest(opening, closing, nested + 1))
    assert (refused.status, refused.code) == (422, "INVALID_REQUEST")
    assert f"{MAX_METADATA_DEPTH} (MAX_METADATA_DEPTH)" in refused.json["message"]


@pytest.mark.parametrize("depth", [150, 253, 254, 255, 256, 400, 800, 1000, 5000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"b":', b"}")])
def test_no_depth_is_a_fault_of_ours(served: Served, opening: bytes, closing: bytes, depth: int) -> None:
    answer = created_with(served, _nest(opening, closing, depth))
    assert answer.status in {400, 422}
    assert len(answer.body) < 2000


def test_metadata_is_kept_out_of_lists_and_in_the_chain_by_digest_only(served: Served) -> None:
    package_id = served.create(metadata={"secret": "not in the chain"})
    assert "metadata" not in served.pages("/packages")[0]
    first = served.chain(package_id)[0]
    assert first.payload is not None
    assert first.payload["metadata_digest"].startswith("sha256:")
    assert "not in the chain" not in first.model_dump_json()


def _nest(opening: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + b"1" + closing * depth
