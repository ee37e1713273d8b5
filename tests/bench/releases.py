"""How writers of one hook get on with each other (docs/concepts/hooks.md): 50 of them, 20 releases each."""

import time

from tests.bench.effort import Effort
from tests.bench.measurements import Measurement
from tests.bench.service import WORKSPACE, service
from tests.support.factories import make_actor
from tests.support.hooks.races import race

WRITERS = 50


def run(effort: Effort) -> list[Measurement]:
    """Versions that are missing or doubled, how long it took, and how often a writer was sent away."""
    each = effort.releases
    with service():
        began = time.monotonic()
        won = race("contended", writers=WRITERS, each=each, actor=make_actor(workspace=WORKSPACE))
        took = time.monotonic() - began
    what = f"{WRITERS} writers × {each} releases of one hook"
    wrong = len(set(range(1, WRITERS * each + 1)) ^ set(won.versions)) + _doubled(won.versions)
    return [
        Measurement(f"{what}: versions missing or doubled", wrong, "versions", 0),
        Measurement(f"{what}: wall time", took, "s"),
        Measurement(f"{what}: sent away with 503, and back", won.refused, "times"),
    ]


def _doubled(versions: list[int]) -> int:
    return len(versions) - len(set(versions))
