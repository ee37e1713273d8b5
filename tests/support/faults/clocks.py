"""Runs whose workers, sweeps and dispatcher all live on clocks of their own, and stand still now and then.

Nobody who is alive is ended: a pause below a lease and a clock that is five seconds off are no
failure. Whoever is really gone is found by the second sweep at the latest.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import count
from typing import NamedTuple

from chalicelib.core import clock, ids
from holdfast.api.policy import LEASE_S
from tests.support.faults.queues import Mail
from tests.support.faults.truths import broken, lost
from tests.support.faults.wire import Wire
from tests.support.faults.world import DeliveryOrder, Worker, World

SKEW_S = 5.0
STEP_S = (5.0, 20.0)
STEPS = (1, 12)
PAUSES = 0.12
PAUSE_S = (10.0, LEASE_S - 1.0)
NEVER_STARTED = 0.03
DUPLICATED = 0.05
SWEEP_S = 60.0
ARRIVALS_S = 1_200.0
END_S = 4 * 3_600.0
RUNS_A_WORLD = 250
ENDINGS = {
    DeliveryOrder.FINISH: 0.65,
    DeliveryOrder.RETRY: 0.15,
    DeliveryOrder.BREAK: 0.03,
    DeliveryOrder.DIE: 0.17,
}


class Skewed(NamedTuple):
    """What came of a simulation."""

    runs: int
    pauses: int
    crashes: int
    taken_over: int
    false_force_fails: int
    stuck_after_two_sweeps: int
    lost_runs: int
    broken: list[str]


class Clocks:
    """One world whose actors act when their time comes, each on its own clock."""

    def __init__(self, wire: Wire, seed: int, *, runs: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._world = World(wire)
        self._runs = runs
        self._began = self._world.now
        self._order = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count: Counter[str] = Counter()
        self._mails: set[Mail] = set()
        self._sweeps_by_overdue: Counter[tuple[str, datetime]] = Counter()

    def run(self) -> Skewed:
        """Let everybody act until every run is over, or far longer than that may take."""
        for number in range(self._runs):
            self._later(self._chance.uniform(0, ARRIVALS_S), partial(self._request, f"pkg_{number}"))
        self._later(SWEEP_S, self._minute)
        while self._agenda and self._elapsed < END_S:
            at, _, act = heapq.heappop(self._agenda)
            self._world.pass_time(at - self._elapsed)
            act()
        found = self._found()
        self._world.close()
        return found

    def _found(self) -> Skewed:
        return Skewed(
            runs=len(self._world.operations()),
            pauses=self._count["pauses"],
            crashes=self._count["crashes"],
            taken_over=sum(operation.attempt > 1 for operation in self._world.operations()),
            false_force_fails=len(self._world.force_failed),
            stuck_after_two_sweeps=sum(sweeps > 1 for sweeps in self._sweeps_by_overdue.values()),
            lost_runs=len(lost(self._world)),
            broken=broken(self._world),
        )

    @property
    def _elapsed(self) -> float:
        return (self._world.now - self._began).total_seconds()

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self._elapsed + seconds, next(self._order), act))

    def _skew(self) -> float:
        return self._chance.uniform(-SKEW_S, SKEW_S)

    def _request(self, subject: str) -> None:
        self._world.request(subject)
        self._collect()

    def _collect(self) -> None:
        """Arrange the delivery of every message that has none arranged."""
        for mail in self._world.queue.waiting:
            if mail not in self._mails:
                self._mails.add(mail)
                self._later(self._chance.uniform(0, 5), partial(self._deliver, mail))
                if self._chance.random() < DUPLICATED:
                    again = Mail(mail.body, "again", self._world.now)
                    self._later(self._chance.uniform(0, 200), partial(self._hire, again))

    def _deliver(self, mail: Mail) -> None:
        if mail not in self._world.queue.waiting:
            return
        if self._chance.random() < NEVER_STARTED:
            self._world.queue.receive(mail)  # the platform ends before the worker begins
        else:
            self._hire(mail)
        if mail in self._world.queue.waiting:
            hidden = (mail.visible_at - self._world.now).total_seconds()
            self._later(hidden, partial(self._deliver, mail))

    def _hire(self, mail: Mail) -> None:
        hired = self._world.hire(mail, skew=self._skew())
        if hired and hired.alive:
            self._step(hired, self._chance.randint(*STEPS))

    def _step(self, hired: Worker, left: int) -> None:
        """Arrange the worker's next step; it may stand still for a while before."""
        wait = self._chance.uniform(*STEP_S)
        if self._chance.random() < PAUSES:
            self._count["pauses"] += 1
            wait += self._chance.uniform(*PAUSE_S)
        self._later(wait, partial(self._work_on, hired, left))

    def _work_on(self, hired: Worker, left: int) -> None:
        if left:
            hired.resume(DeliveryOrder.WORK)
        else:
            order = self._chance.choices(list(ENDINGS), list(ENDINGS.values()))[0]
            self._count["crashes"] += order is DeliveryOrder.DIE
            hired.resume(order)
        if hired.alive:
            self._step(hired, left - 1)

    def _minute(self) -> None:
        """What the schedules do every minute, and how many sweeps each overdue run has seen."""
        self._world.dispatch(self._skew())
        overdue = self._overdue()
        self._world.sweep(self._skew())
        self._sweeps_by_overdue.update(overdue & self._overdue())
        self._world.bridge()
        self._collect()
        if self._elapsed < ARRIVALS_S or lost(self._world) or self._world.busy:
            self._later(SWEEP_S, self._minute)
        else:
            self._agenda.clear()

    def _overdue(self) -> set[tuple[str, datetime]]:
        latest = clock.shifted(self._world.now, -SKEW_S)
        return {
            (operation.id, operation.deadline_at)
            for operation in self._world.operations()
            if operation.deadline_at and operation.deadline_at <= latest
        }


def clocks(wire: Wire, seed: int, *, runs: int = RUNS_A_WORLD) -> Skewed:
    """One world's worth of runs on skewed clocks, the same for the same seed."""
    with ids.seed(seed):
        return Clocks(wire, seed, runs=runs).run()
