"""The only source of identity: ULIDs with a prefix that names what they identify."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_bytes
from uuid import NAMESPACE_URL, uuid5

from chalicelib.core import clock

_RANDOM_BYTES = 10
_seeded: random.Random | None = None


def new(prefix: str) -> str:
    """A new id such as `pkg_01J…`: sorts by creation time, 80 random bits."""
    from ulid import ULID  # reads its own package metadata when imported, which a cold start can do without

    stamp = int(clock.now().timestamp() * 1000).to_bytes(6, "big")
    return f"{prefix}_{ULID(stamp + _entropy(_RANDOM_BYTES))}"


def named(space: str, name: str) -> str:
    """The one id of `name` in `space`, always the same: a UUID of version 5 in the UUID of its space."""
    return str(uuid5(uuid5(NAMESPACE_URL, space), name))


def jitter(ceiling_s: float) -> float:
    """A uniformly random wait in seconds between 0 and `ceiling_s` (full jitter)."""
    return (_seeded or random).uniform(0, ceiling_s)


@contextmanager
def seed(value: int) -> Iterator[None]:
    """Make ids and jitter repeatable inside the block; for tests only."""
    global _seeded
    before, _seeded = _seeded, random.Random(value)  # noqa: S311  repeatable on purpose
    try:
        yield
    finally:
        _seeded = before


def _entropy(size: int) -> bytes:
    return _seeded.randbytes(size) if _seeded else token_bytes(size)
