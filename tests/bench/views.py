"""What the service itself spends on an answer: the time of a call without that of its store calls."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from chalice.app import Chalice

from infra.local.functions import Functions
from infra.local.gateway import Call, Gateway
from tests.bench.effort import Effort
from tests.bench.measurements import Measurement
from tests.bench.service import contents, created, service
from tests.support.served import PLAN_FILES, Served, answered
from tests.support.wire import listening

ROOT = Path(__file__).parents[2]
VIEW_BUDGET_MS = 3.0
CALLS_A_PLAN = 20  # a plan takes as long as so many small views


class Stopwatch:
    """Adds up the seconds that the service's clients spend on calls to table and store, theirs included."""

    def __init__(self) -> None:
        self.stores_s = 0.0
        self._began = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at all clients inside the block."""
        with listening("provide-client-params", self._begin), listening("after-call", self._end):
            yield

    def own_s(self, call: Callable[[], Any]) -> float:
        """The seconds of one call that are the service's own."""
        before, began = self.stores_s, time.perf_counter()
        call()
        return time.perf_counter() - began - (self.stores_s - before)

    def _begin(self, **_: Any) -> None:
        self._began = time.perf_counter()

    def _end(self, **_: Any) -> None:
        self.stores_s += time.perf_counter() - self._began


def run(effort: Effort) -> list[Measurement]:
    """GET of a package, against a bare Chalice view; and a plan of 500 files."""
    watch = Stopwatch()
    with service() as served, watch.watching():
        return [
            *_reading(served, watch, effort.calls),
            *_planning(served, watch, effort.calls // CALLS_A_PLAN),
        ]


def _reading(served: Served, watch: Stopwatch, calls: int) -> list[Measurement]:
    package_id, bare = created(served), _bare_view()
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(calls):
        ours.append(watch.own_s(lambda: answered(served.api.get(f"/packages/{package_id}"))))
        floor.append(watch.own_s(bare))
    own_ms, bare_ms = median(ours) * 1000, median(floor) * 1000
    return [
        Measurement("a view's own time (GET of a package), p50", own_ms, "ms", VIEW_BUDGET_MS),
        Measurement("... / a bare Chalice view", own_ms / bare_ms, "×"),
    ]


def _planning(served: Served, watch: Stopwatch, calls: int) -> list[Measurement]:
    files = contents(PLAN_FILES)
    packages = [created(served) for _ in range(calls)]
    spent = [watch.own_s(partial(_plan, served, package_id, files)) for package_id in packages]
    return [Measurement(f"plan of {PLAN_FILES} files, own time, p50", median(spent) * 1000, "ms")]


def _plan(served: Served, package_id: str, files: dict[str, bytes]) -> None:
    answered(served.plan(package_id, files))


def _bare_view() -> Callable[[], Any]:
    app = Chalice("bare", configure_logs=False)
    app.route("/")(dict)
    gateway = Gateway(app, Functions(app, ROOT), upload_limit=0)
    return lambda: gateway.answer(Call("GET", "/", {}, b""))
