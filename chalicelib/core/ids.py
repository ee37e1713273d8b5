"""The only source of identity: ULIDs, each with a prefix that names the kind of the record."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_bytes
from uuid import NAMESPACE_URL, uuid5

from chalicelib.core import clock

_RANDOM_BYTES = 10
_seeded: random.Random | None = None


def new(prefix: str) -> str:
    """Return a new id such as `pkg_01J…`, which sorts by creation time and has 80 random bits."""
    from ulid import ULID  # it reads its package metadata at import, which would slow a cold start

    stamp = int(clock.now().timestamp() * 1000).to_bytes(6, "big")
    return f"{prefix}_{ULID(stamp + _entropy(_RANDOM_BYTES))}"


def named(space: str, name: str) -> str:
    """Return the id of `name` in `space`, which is always the same: a UUID of version 5."""
    return str(uuid5(uuid5(NAMESPACE_URL, space), name))


def jitter(ceiling_s: float) -> float:
    """Return a random wait between 0 and `ceiling_s` seconds, evenly distributed (full jitter)."""
    return (_seeded or random).uniform(0, ceiling_s)


@contextmanager
def seed(value: int) -> Iterator[None]:
    """Make ids and jitter repeatable inside the block. For tests only."""
    global _seeded
    before, _seeded = _seeded, random.Random(value)  # noqa: S311  repeatable on purpose
    try:
        yield
    finally:
        _seeded = before


def _entropy(size: int) -> bytes:
    return _seeded.randbytes(size) if _seeded else token_bytes(size)
