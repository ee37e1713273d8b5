"""A run whose message is on the queue, for every test of claims."""

import pytest

from tests.support.faults.world import World


@pytest.fixture
def run(world: World) -> str:
    """A run whose message is on the queue."""
    return world.request()
