"""How much a benchmark does: all of it, or with `--quick` just enough to see that it works."""

from typing import NamedTuple


class Effort(NamedTuple):
    """How often contenders of an ingest run, how often a call in this process does,
    how big it gets, and how many releases each writer makes.
    """

    large_rounds: int
    small_rounds: int
    small_files: int
    calls: int
    imports: int
    memory_mb: tuple[int, int]
    releases: int


FULL = Effort(
    large_rounds=5,
    small_rounds=1,
    small_files=10_000,
    calls=300,
    imports=11,
    memory_mb=(200, 2000),
    releases=20,
)
QUICK = Effort(
    large_rounds=1,
    small_rounds=1,
    small_files=2500,
    calls=60,
    imports=3,
    memory_mb=(200, 500),
    releases=2,
)
