"""Runs under everything that can happen to them, in any order that hypothesis thinks of.

After every step every truth of `truths` holds; at the end everything gets its chance, and no run is
lost. Time stands still unless a rule moves it, so a failing example is repeated exactly.
"""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.core.errors import Unavailable
from holdfast.api.operations import Operation
from tests.support.faults.queues import Mail
from tests.support.faults.recovery import recover
from tests.support.faults.truths import broken, lost, regressed
from tests.support.faults.wire import Killed, Strike, Wire
from tests.support.faults.world import DeliveryOrder, World

SUBJECTS = st.sampled_from(["pkg_1", "pkg_2", "pkg_3"])
WHICH = st.integers(0, 1_000)
SKEWS = st.sampled_from([-5.0, 0.0, 5.0])
PERIODS = st.sampled_from([1, 10, 29, 31, 60, 89, 91, 151, 301, 901, 1_801])
ORDERS = st.sampled_from(
    [
        DeliveryOrder.WORK,
        DeliveryOrder.WORK,
        DeliveryOrder.FINISH,
        DeliveryOrder.RETRY,
        DeliveryOrder.BREAK,
        DeliveryOrder.DIE,
    ]
)
STEPS = 40


class Runs(RuleBasedStateMachine):
    """Requests, deliveries, workers, sweeps and the clock."""

    wire: Wire

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.wire)
        self.before: dict[str, Operation] = {}

    @rule(subject=SUBJECTS)
    def request(self, subject: str) -> None:
        self.struck(lambda: self.world.request(subject))

    @precondition(lambda self: self.world.queue.visible())
    @rule(which=WHICH, skew=SKEWS)
    def claim(self, which: int, skew: float) -> None:
        """Any message that can be received, so that the order is none."""
        visible = self.world.queue.visible()
        self.world.hire(visible[which % len(visible)], skew=skew)

    @precondition(lambda self: self.world.queue.sent)
    @rule(which=WHICH, skew=SKEWS)
    def duplicate(self, which: int, skew: float) -> None:
        """Any message that was ever sent, again, whatever became of it."""
        sent = self.world.queue.sent
        self.world.hire(Mail(sent[which % len(sent)], "again", self.world.now), skew=skew)

    @precondition(lambda self: self.world.busy)
    @rule(which=WHICH, order=ORDERS)
    def work_on(self, which: int, order: DeliveryOrder) -> None:
        self.world.busy[which % len(self.world.busy)].resume(order)

    @precondition(lambda self: self.world.operations())
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        found = self.world.operations()
        self.struck(lambda: self.world.cancel(found[which % len(found)].id))

    @rule(skew=SKEWS)
    def sweep(self, skew: float) -> None:
        self.struck(lambda: self.world.sweep(skew))

    @rule(skew=SKEWS)
    def dispatch(self, skew: float) -> None:
        self.struck(lambda: self.world.dispatch(skew))

    @precondition(lambda self: self.world.queue.waiting)
    @rule(which=WHICH)
    def give_up(self, which: int) -> None:
        """The queue receives a message until it is tired of it, without a worker ever starting."""
        mail = self.world.queue.waiting[which % len(self.world.queue.waiting)]
        while mail not in self.world.queue.dead:
            self.world.queue.receive(mail)

    @precondition(lambda self: self.world.queue.dead)
    @rule()
    def bridge(self) -> None:
        self.struck(self.world.bridge)

    @precondition(lambda self: self.world.queue.dead)
    @rule()
    def redrive(self) -> None:
        self.world.queue.redrive()

    @rule(seconds=PERIODS)
    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(strike=st.sampled_from(Strike), at=st.integers(0, 2))
    def arm(self, strike: Strike, at: int) -> None:
        """The next moves meet a fault."""
        self.wire.faults.arm(strike, at=at)

    @invariant()
    def every_truth_holds(self) -> None:
        assert broken(self.world) == []
        assert regressed(self.before, self.world) == []
        self.before = {operation.id: operation for operation in self.world.operations()}

    def struck(self, move: Callable[[], object]) -> None:
        with suppress(Killed, Unavailable):
            move()

    def teardown(self) -> None:
        self.wire.faults.disarm()
        recover(self.world)
        self.world.close()
        assert broken(self.world) == []
        assert regressed(self.before, self.world) == []
        assert lost(self.world) == []


def test_no_order_of_events_breaks_a_truth_or_loses_a_run(wire: Wire) -> None:
    Runs.wire = wire
    chosen = settings(
        max_examples=60,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Runs, settings=chosen)
