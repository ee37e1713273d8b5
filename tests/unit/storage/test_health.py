from collections.abc import Iterator
from unittest.mock import Mock, create_autospec

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.storage.health import BYTES, round_trip
from chalicelib.storage.protocol import Storage
from holdfast.api.codes import UNAVAILABLE
from tests.support.factories import MOMENT


@pytest.fixture
def remove() -> Mock:
    """What removes a probe object."""
    return Mock(spec=print)


def test_a_round_trip_says_how_long_it_took(remove: Mock) -> None:
    store = create_autospec(Storage, instance=True)

    def slowly(key: str) -> Iterator[bytes]:
        assert key.startswith("main/.probe/")
        clock.sleep(0.25)
        return iter([BYTES])

    store.get.side_effect = slowly
    with clock.freeze(MOMENT):
        health = round_trip(store, "main", remove)

    assert (health.ok, health.latency_ms) == (True, 250.0)


def test_other_bytes_than_written_are_ill_health_and_are_removed(remove: Mock) -> None:
    store = create_autospec(Storage, instance=True)
    store.get.return_value = iter([b"something else"])

    assert not round_trip(store, "main", remove).ok
    remove.assert_called_once_with(store.put.call_args.args[0])


def test_a_failing_store_is_told_in_its_own_words(remove: Mock) -> None:
    store = create_autospec(Storage, instance=True)
    store.put.side_effect = Unavailable(UNAVAILABLE, "The object store does not answer.")

    health = round_trip(store, "main", remove)

    assert (health.ok, health.detail) == (False, "The object store does not answer.")
