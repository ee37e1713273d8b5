"""Runtimes of hooks are tested where confined processes are: on each kind of platform."""

from tests.unit.sandbox.conftest import confined, place, unwalled, walled, walls  # noqa: F401  fixtures
