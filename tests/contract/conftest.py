"""The API served over HTTP in this process, as the embedded stack serves it."""

from collections.abc import Iterator

import pytest

from chalicelib.validation import json_schema
from tests.support.live import Service, serving
from tests.support.served import Deployed


@pytest.fixture(scope="module")
def service(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The API on a loopback port, with its table in ministack and its bytes in a folder."""
    # what tests bring along makes this library take seconds to import, more than a request may
    json_schema.flaw({})
    with serving(deployed, tmp_path_factory.mktemp("objects"), namespace="contract") as served:
        yield served
