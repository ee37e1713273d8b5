"""Finalized packages, whose bytes a test may spoil."""

import pytest

from tests.support.packages.spoiling import FILES, Finalized
from tests.support.served import Served


@pytest.fixture
def finalized(served: Served) -> Finalized:
    """A finalized package of five small files."""
    return Finalized(served, served.finalized(FILES)["id"])


@pytest.fixture
def large(served: Served) -> Finalized:
    """A finalized package of more files than two pages of verdicts hold, all of one content."""
    package_id = served.create()
    served.upload_copies(package_id, [f"{number:04d}" for number in range(401)], b"x")
    return Finalized(served, served.show(served.finalize(package_id))["id"])
