"""What tests of integrity start from."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.storage.service import storage
from tests.support.served import Served

FILES = {"a": b"alpha", "b": b"beta", "c": b"gamma"}
DAYS = 31


@pytest.fixture
def package_id(served: Served) -> str:
    """A package that is finalized now, by the store's own clock."""
    assert storage().proves_uploads()
    return str(served.finalized(FILES)["id"])


@pytest.fixture
def due(package_id: str) -> Iterator[str]:
    """The clock stands when that package is due."""
    with clock.freeze(clock.now() + timedelta(days=DAYS)):
        yield package_id
