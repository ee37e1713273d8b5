"""A world of its own for each test, behind the clients of the service."""

from collections.abc import Iterator

import pytest

from chalicelib.core import ids
from tests.conftest import KEYS, forget
from tests.support.factories import MOMENT, SECRET
from tests.support.faults.memory import MemoryTable
from tests.support.faults.queues import MemoryQueue
from tests.support.faults.wire import Wire
from tests.support.faults.world import World

SETTINGS = {
    "HOLDFAST_JWT_SECRET": SECRET,
    "HOLDFAST_QUEUE_URL_PREFIX": "https://sqs.us-east-1.amazonaws.com/123456789012/",
    "HOLDFAST_LOG_LEVEL": "CRITICAL",  # faults are what these tests make; nobody needs to read of each
}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """The service's clients, answered from memory; made once a module, for they cost more than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (KEYS | SETTINGS).items():
            patch.setenv(name, value)
        forget()
        made = Wire(MemoryTable(), MemoryQueue(lambda: MOMENT))
        made.connect()
        with ids.seed(7):
            yield made
        made.disconnect()
    forget()


@pytest.fixture
def world(wire: Wire) -> Iterator[World]:
    made = World(wire)
    yield made
    made.close()
