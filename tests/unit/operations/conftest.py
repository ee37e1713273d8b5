"""Operations are tested in a world whose engines are in memory and whose clock the test moves."""

from tests.faults.conftest import wire, world  # noqa: F401  fixtures are found by their names here
