"""Many who release the same hook at once, all from the same moment on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import NamedTuple, TypeVar

from chalicelib.auth.models import Actor
from chalicelib.core.errors import Unavailable
from chalicelib.hooks.service import releases
from tests.support.factories import make_new_release

T = TypeVar("T")


class Race(NamedTuple):
    """The versions that were answered, and how often somebody was sent away for a moment (503)."""

    versions: list[int]
    refused: int


def at_once(act: Callable[[int], T], *, writers: int) -> list[T]:
    """What `act` gives in each of so many threads that start together; each is told its number."""
    together = Barrier(writers)

    def run(number: int) -> T:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


def race(hook: str, *, writers: int, each: int, actor: Actor) -> Race:
    """Let every writer make so many releases of `hook`, all different, and come back when it is busy."""

    def write(writer: int) -> Race:
        found = [_release(hook, {"writer": writer, "number": number}, actor) for number in range(each)]
        return Race([race.versions[0] for race in found], sum(race.refused for race in found))

    races = at_once(write, writers=writers)
    return Race([version for race in races for version in race.versions], sum(race.refused for race in races))


def _release(hook: str, config: dict[str, int], actor: Actor) -> Race:
    refused = 0
    while True:
        try:
            made = releases.release(hook, make_new_release(config=config), actor=actor)
        except Unavailable:
            refused += 1
        else:
            return Race([made.version], refused)
