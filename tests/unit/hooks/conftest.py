"""Runtimes of hooks are tested where confined processes are: on each kind of platform."""

from tests.unit.sandbox.conftest import (
    confined,  # noqa: F401  fixtures
    isolation_here,  # noqa: F401  fixtures
    place,  # noqa: F401  fixtures
    unwalled,  # noqa: F401  fixtures
    walled,  # noqa: F401  fixtures
)
