"""The whole life of runs in one process, on a clock that only the test moves.

Workers run the service's own code in threads of their own, but only one at a time and only when
the test says so: a worker stands still at each point where real work would take time.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any, cast

from chalice.app import SQSEvent

from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import Permanent, Transient
from chalicelib.core.worker import Delivery, worker
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.service import claims, lifecycle, operations, reconciliation
from chalicelib.operations.service.claims import Claim
from chalicelib.operations.store import operations as store
from holdfast.api.operations import Operation, OperationType, Outcome, Progress, Result, Subject
from holdfast.api.policy import POLICIES
from holdfast.api.reconciliation import Sweep
from tests.support.factories import MOMENT, WORKSPACE, make_actor
from tests.support.faults.memory import MemoryTable
from tests.support.faults.queues import Mail, MemoryQueue, record
from tests.support.faults.wire import Killed, Wire

KIND = OperationType.PACKAGE_VERIFY
WORKER_TIMEOUT_S = POLICIES[KIND].worker_timeout
BROKEN = "BROKEN"


class DeliveryOrder(StrEnum):
    """What a worker that stands still is told to do next."""

    WORK = "work on and report"
    FINISH = "be done"
    RETRY = "fail for now"
    BREAK = "fail permanently"
    DIE = "be killed"


class World:
    """The service, its engines, its queue and its workers, at `now`."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.now = MOMENT
        self.table = MemoryTable()
        self.queue = MemoryQueue(lambda: self.now)
        self.wire = wire or Wire(self.table, self.queue)
        self.wire.table, self.wire.queue = self.table, self.queue
        self.wire.faults.disarm()
        self.effects: Counter[str] = Counter()
        self.workers: list[Worker] = []
        self.wrongs: list[str] = []
        self.force_failed: list[str] = []

    @contextmanager
    def at(self, skew: float = 0) -> Iterator[None]:
        """Act on a clock that is `skew` seconds ahead."""
        with clock.freeze(self.now + timedelta(seconds=skew)):
            yield

    def pass_time(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.now += timedelta(seconds=seconds)

    def request(self, subject: str = "pkg_1", *, actor: Actor | None = None) -> str:
        """Ask for work on a subject; the id of its run, the active one when there is one."""
        asking = actor or make_actor()
        order = lifecycle.OperationRequest(KIND, Subject(kind="package", id=subject), {})
        with self.at():
            try:
                with transact() as transaction:
                    queued = lifecycle.queue(transaction, order, actor=asking)
            except lifecycle.AlreadyActive:
                return lifecycle.join(order, actor=asking).id
            lifecycle.send(queued.outbox)
        return queued.operation.id

    def cancel(self, operation_id: str) -> None:
        """Ask for an end of the run."""
        with self.at():
            operations.cancel(operation_id, actor=make_actor())

    def dispatch(self, skew: float = 0) -> int:
        """Run the scheduled dispatcher."""
        with self.at(skew):
            return lifecycle.dispatch()

    def sweep(self, skew: float = 0) -> Sweep:
        """Run the scheduled reconciler."""
        with self._sparing_the_living(), self.at(skew):
            return reconciliation.sweep()

    def bridge(self) -> None:
        """Run the failure bridge on every dead letter."""
        while self.queue.dead:
            with self._sparing_the_living(), self.at():
                reconciliation.bridge(self.queue.dead[0].body, queue="packages")
            self.queue.dead.pop(0)

    def hire(self, mail: Mail, *, skew: float = 0) -> "Worker | None":
        """Hand a message to a new worker, which stands still after its claim; None for a dead letter."""
        if not self.queue.receive(mail):
            return None
        made = Worker(self, mail, skew=skew)
        self.workers.append(made)
        made.start()
        return made

    def operation(self, operation_id: str) -> Operation:
        """The record of a run, as the table has it."""
        item = self.table.items[store.pk(WORKSPACE, operation_id), store.STATE]
        return Operation.model_validate_json(item["data"]["S"])

    def operations(self) -> list[Operation]:
        """The records of all runs, as the table has them."""
        return [Operation.model_validate(data) for data in self.kept("operation")]

    def kept(self, kind: str) -> list[Any]:
        """The data of every item of a kind, as the table has them."""
        items = self.table.items.values()
        return [json.loads(item["data"]["S"]) for item in items if item["kind"]["S"] == kind]

    @property
    def busy(self) -> list["Worker"]:
        """The workers that have neither ended nor died."""
        return [hired for hired in self.workers if hired.alive]

    def close(self) -> None:
        """End every thread."""
        for hired in self.busy:
            hired.resume(DeliveryOrder.DIE)

    @contextmanager
    def _sparing_the_living(self) -> Iterator[None]:
        """Note which runs are ended inside the block while their workers live, even if they stand still."""
        leased_by_run = {hired.run: hired.leased for hired in self.busy if hired.run and hired.holds_its_run}
        yield
        for run, leased in leased_by_run.items():
            if not self.operation(run).active:
                self.force_failed.append(run)
                self.wrongs += [f"{run}: was ended within its worker's lease"] * leased


class Worker:
    """One call of the worker function, in its own thread. `claim` is what it holds, if anything."""

    def __init__(self, world: World, mail: Mail, *, skew: float) -> None:
        self.claim: Claim | None = None
        self.alive = True
        self.died = False
        self.failure: BaseException | None = None
        self._world, self._mail, self._skew = world, mail, skew
        self._began = world.now
        self._order = DeliveryOrder.WORK
        self._its_turn, self._our_turn = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        """Let it begin, until it stands still for the first time or ends."""
        self._thread.start()
        self.resume()

    @property
    def run(self) -> str | None:
        """The run that it works on."""
        return self.claim.operation.id if self.claim else None

    @property
    def holds_its_run(self) -> bool:
        """Whether the run is still to end, and nobody else has claimed it since."""
        if self.claim is None:
            return False
        return self._record.active and self._record.fence == self.claim.operation.fence

    @property
    def leased(self) -> bool:
        """Whether it has reported within its lease, by the clock that it lives on."""
        lease_until, its_now = self._record.lease_until, self._world.now + timedelta(seconds=self._skew)
        return lease_until is not None and its_now < lease_until

    def resume(self, order: DeliveryOrder = DeliveryOrder.WORK) -> None:
        """Let it do `order`, on its own clock, until it stands still again or ends."""
        if not self.alive:
            raise RuntimeError("the worker has ended")
        self._order = order
        with self._world.at(self._skew):
            self._its_turn.release()
            self._our_turn.acquire()
        if not self.alive:
            self._thread.join()
        if self.failure:
            raise self.failure

    @property
    def _record(self) -> Operation:
        return self._world.operation(self.run or "")

    def _live(self) -> None:
        self._its_turn.acquire()
        try:
            event = SQSEvent({"Records": [record(self._mail)]}, cast(Any, self))
            answer = worker(self._perform)(event)
            if not answer["batchItemFailures"]:
                self._world.queue.acknowledge(self._mail)
        except Killed:
            self.died = True
        except BaseException as failure:  # raised again in the test's own thread
            self.failure = failure
        finally:
            self.alive = False
            self._our_turn.release()

    def _perform(self, delivery: Delivery) -> None:
        claims.perform(delivery, {KIND: self._handle})

    def _handle(self, claim: Claim) -> Result:
        self.claim = claim
        if claim.operation.cancel_requested_by:
            self._world.wrongs.append(f"{self.run}: was worked on after it was cancelled")
        done = 0
        while (order := self._stand_still()) is DeliveryOrder.WORK:
            done += 1
            claim.checkpoint(Progress(done=done, unit="steps"))
        if order is DeliveryOrder.RETRY:
            raise Transient("not now")
        if order is DeliveryOrder.BREAK:
            raise Permanent(BROKEN, "It cannot be done.")
        self._world.effects[claim.operation.id] += 1
        return Result(outcome=Outcome.SUCCEEDED)

    def _stand_still(self) -> DeliveryOrder:
        self._our_turn.release()
        self._its_turn.acquire()
        if self._order is DeliveryOrder.DIE:
            raise Killed
        return self._order

    def get_remaining_time_in_millis(self) -> int:
        """Lambda's promise: how long the platform lets the worker live."""
        end = self._began + timedelta(seconds=WORKER_TIMEOUT_S)
        return int((end - self._world.now).total_seconds() * 1000)
