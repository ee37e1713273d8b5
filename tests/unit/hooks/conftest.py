"""Runtimes of hooks are tested where confined processes are: on each kind of platform."""

from tests.unit.sandbox.conftest import (
    confined,  # noqa: F401  fixtures
    isolation_here,  # noqa: F401  fixtures
    place,  # noqa: F401  fixtures
    with_namespaces,  # noqa: F401  fixtures
    without_namespaces,  # noqa: F401  fixtures
)
