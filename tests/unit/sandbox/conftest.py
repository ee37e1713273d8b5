"""A confined process on each kind of platform: one that has namespaces, and one that has none."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chalicelib.sandbox.command import Exit
from tests.support.sandbox.confinement import Confined, confine


@pytest.fixture(scope="session")
def isolation_here() -> Exit:
    """How this platform isolates a process that does nothing."""
    with TemporaryDirectory() as folder:
        return confine(Path(folder, "job"), "")


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a job's folder is made: pytest's own folders let no other user through, as runs' do."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def with_namespaces(isolation_here: Exit, place: Path) -> Confined:
    """Runs hostile lines with namespaces; skips where the platform allows none."""
    if "files" not in isolation_here.isolation:
        pytest.skip(f"this platform lets nobody make namespaces: {isolation_here}")
    return partial(confine, place / "job")


@pytest.fixture
def without_namespaces(place: Path) -> Confined:
    """Runs hostile lines without namespaces, with what every platform has."""
    return partial(confine, place / "job", namespaces=False)


@pytest.fixture(params=["with_namespaces", "without_namespaces"])
def confined(request: pytest.FixtureRequest) -> Confined:
    """Runs hostile lines, once with namespaces and once without."""
    found: Confined = request.getfixturevalue(request.param)
    return found
