"""Sealed packages, whose bytes a test may spoil."""

import pytest

from tests.support.packages.spoiling import FILES, Sealed
from tests.support.served import Served


@pytest.fixture
def sealed(served: Served) -> Sealed:
    """A finalized package of five small files."""
    return Sealed(served, served.sealed(FILES)["id"])


@pytest.fixture
def large(served: Served) -> Sealed:
    """A finalized package of more files than two pages of verdicts hold, all of one content."""
    package_id = served.create()
    served.upload_copies(package_id, [f"{number:04d}" for number in range(401)], b"x")
    return Sealed(served, served.show(served.finalize(package_id))["id"])
