"""How a link is hashed, and what the check that a stranger repeats finds (docs/concepts/audit-chain.md)."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.audit.models import GENESIS, LEAF_PREFIX, first_bad, leaf_hash
from chalicelib.core import clock
from holdfast.api.audit import Event
from tests.support.factories import MOMENT, make_chain, make_event

LEAF = ("workspace", "aggregate", "seq", "prev", "action", "actor", "at", "payload_digest")


def rehashed(event: dict[str, Any]) -> str:
    """The hash of an event as the API shows it, by the standard library alone."""
    leaf = {name: event[name] for name in LEAF}
    text = json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


@pytest.mark.parametrize(
    "moment", [MOMENT, datetime(2026, 1, 1, tzinfo=UTC), MOMENT.replace(microsecond=500_000)]
)
def test_a_stranger_computes_the_same_hash_from_what_the_api_shows(moment: datetime) -> None:
    with clock.freeze(moment):
        event = make_event(actor="größe", payload={"é": [1, None]})
    shown = json.loads(event.model_dump_json())
    assert rehashed(shown) == shown["hash"]
    payload = json.dumps(shown["payload"], separators=(",", ":"), ensure_ascii=False).encode()
    assert shown["payload_digest"] == "sha256:" + hashlib.sha256(payload).hexdigest()


def test_a_leaf_is_hashed_behind_a_zero_byte_so_that_no_inner_node_passes_for_one() -> None:
    assert LEAF_PREFIX == b"\x00"
    assert leaf_hash({"a": 1}) == hashlib.sha256(b'\x00{"a":1}').hexdigest()
    assert leaf_hash({"a": 1}) != hashlib.sha256(b'{"a":1}').hexdigest()


def test_the_leaf_is_made_of_just_the_fields_that_the_design_names() -> None:
    assert set(Event.model_fields) == {*LEAF, "hash", "payload"}


def test_a_chain_starts_from_nothing_and_each_link_names_the_one_before() -> None:
    chain = make_chain(4)
    assert [event.seq for event in chain] == [1, 2, 3, 4]
    assert [event.prev for event in chain] == [GENESIS, *(event.hash for event in chain[:-1])]
    assert GENESIS == "0" * 64


def test_a_chain_that_holds_has_nothing_bad_in_it() -> None:
    assert first_bad(make_chain(5)) is None
    assert first_bad([]) is None


def test_a_chain_holds_after_it_was_written_down_and_read_back() -> None:
    with clock.freeze(datetime(2026, 1, 1, tzinfo=UTC)):
        written = [event.model_dump_json() for event in make_chain(3)]
    assert first_bad(Event.model_validate_json(event) for event in written) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("workspace", "elsewhere"),
        ("aggregate", "pkg_2"),
        ("action", "packages:package:deleted"),
        ("actor", "eve"),
        ("at", MOMENT),
        ("payload_digest", "sha256:" + "0" * 64),
        ("hash", "0" * 64),
        ("prev", "0" * 64),
        ("seq", 7),
        ("payload", {"step": "another"}),
        ("payload", {}),
    ],
)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_an_altered_link_is_found_where_it_is(at: int, field: str, value: Any) -> None:
    chain = make_chain(5)
    altered = chain[at].model_copy(update={field: value})
    expected = None if altered == chain[at] else at + 1
    chain[at] = altered
    assert first_bad(chain) == expected


def test_a_link_that_was_altered_and_hashed_again_is_found_at_the_next() -> None:
    chain = make_chain(4)
    forged = make_event(after=(1, chain[0].hash), actor="eve", payload={"step": 2})
    assert first_bad([chain[0], forged, *chain[2:]]) == 3
    assert first_bad([chain[0], forged]) is None  # which is why the head stands on the state item too


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_a_missing_link_is_found(missing: int) -> None:
    chain = make_chain(5)
    del chain[missing]
    assert first_bad(chain) == missing + 1


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (1, 4)])
def test_links_in_another_order_are_found(one: int, other: int) -> None:
    chain = make_chain(5)
    chain[one], chain[other] = chain[other], chain[one]
    assert first_bad(chain) == one + 1


def test_a_number_that_was_left_out_is_found_even_if_the_hashes_hold() -> None:
    chain = make_chain(2)
    later = make_event(after=(chain[1].seq + 1, chain[1].hash), payload={"step": 4})
    assert later.prev == chain[1].hash
    assert first_bad([*chain, later]) == 3


def test_a_link_that_stands_twice_is_found() -> None:
    chain = make_chain(3)
    assert first_bad([chain[0], chain[1], chain[1], chain[2]]) == 3


def test_a_link_of_another_chain_is_found() -> None:
    mine, theirs = make_chain(3), make_chain(3, aggregate="pkg_2")
    assert first_bad([mine[0], theirs[1], mine[2]]) == 2


@pytest.mark.parametrize("erased", [0, 1, 2])
def test_an_erased_payload_leaves_every_link_provable(erased: int) -> None:
    chain = make_chain(3)
    chain[erased] = chain[erased].model_copy(update={"payload": None})
    assert first_bad(chain) is None
    shown = json.loads(chain[erased].model_dump_json())
    assert (shown["payload"], rehashed(shown)) == (None, shown["hash"])


def test_an_event_is_made_at_the_moment_that_the_clock_says() -> None:
    with clock.freeze(MOMENT):
        assert make_event().at == MOMENT
