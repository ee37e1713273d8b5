"""Many deliveries, some twice, some out of order, some failing for now: each run's work is done once."""

import random
from collections import Counter
from typing import Any, NamedTuple, cast

from chalice.app import SQSEvent

from chalicelib.core import ids
from chalicelib.core.errors import Transient
from chalicelib.core.worker import Delivery, worker
from chalicelib.operations.service import claims
from chalicelib.operations.service.claims import Claim
from holdfast.api.operations import Outcome, Result
from tests.support.faults.queues import Mail, record
from tests.support.faults.truths import broken, lost
from tests.support.faults.wire import Wire
from tests.support.faults.world import KIND, WORKER_TIMEOUT_S, World

DUPLICATED = 0.05
REORDERED = 0.05
FAILING = 0.05
DISPLACED_BY = 100
BETWEEN_S = 0.01
MINUTES = 10
RUNS_A_WORLD = 250


class Delivered(NamedTuple):
    """What came of a simulation."""

    deliveries: int
    runs: int
    duplicates: int
    reordered: int
    duplicate_effects: int
    lost_runs: int
    broken: list[str]


class Deliveries:
    """One world of runs whose messages come as SQS may bring them: at least once, in any order."""

    def __init__(self, wire: Wire, seed: int, *, runs: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._world = World(wire)
        self._effects: Counter[str] = Counter()
        self._failing = {f"pkg_{number}" for number in range(runs) if self._chance.random() < FAILING}
        self._count: Counter[str] = Counter()
        self._runs = runs

    def run(self) -> Delivered:
        """Ask for all the work, deliver until nothing is left, and look at what came of it."""
        for number in range(self._runs):
            self._world.request(f"pkg_{number}")
        for mail in self._in_some_order(self._world.queue.visible()):
            self._bring(mail)
        for _ in range(MINUTES):
            if not self._world.queue.waiting and not lost(self._world):
                break
            self._world.pass_time(60)
            self._world.sweep()  # a duplicate that is acknowledged takes the message of a run with it
            for mail in self._world.queue.visible():
                self._bring(mail)
        return Delivered(
            deliveries=self._count["deliveries"],
            runs=self._runs,
            duplicates=self._count["duplicates"],
            reordered=self._count["reordered"],
            duplicate_effects=sum(effects - 1 for effects in self._effects.values()),
            lost_runs=len(lost(self._world)) + self._runs - len(self._effects),
            broken=broken(self._world),
        )

    def _in_some_order(self, mails: list[Mail]) -> list[Mail]:
        place_by_mail = {}
        for number, mail in enumerate(mails):
            displaced = self._chance.random() < REORDERED
            self._count["reordered"] += displaced
            place_by_mail[mail] = number + (self._chance.uniform(1, DISPLACED_BY) if displaced else 0)
        return sorted(mails, key=place_by_mail.__getitem__)

    def _bring(self, mail: Mail) -> None:
        """Deliver once; now and then once more, while it is worked on or after."""
        twice = self._chance.random() < DUPLICATED
        during = twice and self._chance.random() < 0.5
        self._count["duplicates"] += twice
        self._world.queue.receive(mail)
        self._deliver(mail, meanwhile=mail if during else None)
        if twice and not during:
            self._deliver(mail, meanwhile=None)

    def _deliver(self, mail: Mail, *, meanwhile: Mail | None) -> None:
        self._count["deliveries"] += 1
        self._world.pass_time(BETWEEN_S)

        def handle(claim: Claim) -> Result:
            if meanwhile:
                self._deliver(meanwhile, meanwhile=None)
            subject = claim.operation.subject.id
            if subject in self._failing and claim.operation.attempt == 1:
                raise Transient("not now")
            self._effects[subject] += 1
            return Result(outcome=Outcome.SUCCEEDED)

        def perform(delivery: Delivery) -> None:
            claims.perform(delivery, {KIND: handle})

        with self._world.at():
            answer = worker(perform)(SQSEvent({"Records": [record(mail)]}, cast(Any, Plenty())))
        if not answer["batchItemFailures"]:
            self._world.queue.acknowledge(mail)


class Plenty:
    """A Lambda context that always has all of its time left."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds, as Lambda counts them."""
        return WORKER_TIMEOUT_S * 1000


def deliveries(wire: Wire, seed: int, *, runs: int = RUNS_A_WORLD) -> Delivered:
    """One world's worth of deliveries, the same for the same seed."""
    with ids.seed(seed):
        return Deliveries(wire, seed, runs=runs).run()
