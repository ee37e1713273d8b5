"""Any order of deliveries, ends, give-backs and delays leaves one end a run, and only by who holds it."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chalicelib.audit import service as audit
from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.core.errors import INVALID_REQUEST, Invalid
from chalicelib.core.transaction import transact
from chalicelib.operations import service, store
from chalicelib.operations.models import LEASE_S, Message, Operation, OperationSubject, OperationType
from tests.factories import MOMENT, make_actor
from tests.served import Served


class Story(RuleBasedStateMachine):
    """One operation, its workers, and what is known of it."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self.now = MOMENT
        self.actor = make_actor(workspace=served.workspace)
        with clock.freeze(self.now), transact() as transaction:
            subject = OperationSubject(kind="package", id="pkg_1")
            kind = OperationType.PACKAGE_FINALIZE
            queued = service.queue(transaction, kind, subject, actor=self.actor)
        self.message = Message(workspace=queued.workspace, operation_id=queued.id)
        self.claims: list[Operation] = []
        self.holder: Operation | None = None
        self.lease_until: datetime | None = None
        self.end: Operation | None = None

    @rule()
    def deliver(self) -> None:
        """A delivery claims the run when nobody has it, or whoever had it is over."""
        with clock.freeze(self.now):
            claim = service.claim(self.message)
        free = self.holder is None or (self.lease_until is not None and self.lease_until <= self.now)
        assert (claim is not None) is (self.end is None and free)
        if claim:
            assert claim.fence == len(self.claims) + 1
            self.claims.append(claim)
            self.holder, self.lease_until = claim, self.now + timedelta(seconds=LEASE_S)

    @rule(worker=st.integers(0, 5), fails=st.booleans())
    def complete(self, worker: int, fails: bool) -> None:  # noqa: FBT001  hypothesis calls it
        """A worker, overtaken or not, comes to an end."""
        if worker >= len(self.claims):
            return
        failure = Invalid(INVALID_REQUEST, "No good.") if fails else None
        with clock.freeze(self.now):
            ended = service.complete(self.claims[worker], failure=failure)
        holds = self.end is None and self.holder is not None and self.claims[worker] == self.holder
        # who gave the run back and was not followed may still end it: nobody else works on it
        alone = self.end is None and self.holder is None and worker == len(self.claims) - 1
        assert (ended is not None) is (holds or alone)
        if ended:
            assert ended.outcome == ("failed" if fails else "succeeded")
            self.end = ended

    @rule(worker=st.integers(0, 5))
    def release(self, worker: int) -> None:
        """A worker, overtaken or not, gives its claim back."""
        if worker >= len(self.claims):
            return
        with clock.freeze(self.now):
            service.release(self.claims[worker])
        if self.claims[worker] == self.holder:
            self.holder = self.lease_until = None

    @rule(seconds=st.sampled_from([1, LEASE_S // 2, LEASE_S - 1, LEASE_S]))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.now += timedelta(seconds=seconds)

    @invariant()
    def the_record_tells_the_truth(self) -> None:
        """The operation as it is shown."""
        shown = service.get(self.message.operation_id, actor=self.actor)
        if self.end:
            assert shown == self.end
        else:
            assert shown.status == ("running" if self.holder else "queued")
            assert shown.outcome == "pending"
            assert shown.fence == shown.attempt == len(self.claims)

    def teardown(self) -> None:
        """The whole chain: it verifies, and tells at most one end."""
        pk = store.key(self.message.workspace, self.message.operation_id).pk
        events = audit.history(pk, limit=200, cursor=None).items
        ends = [event.action for event in events].count("operations:run:completed")
        assert ends == (1 if self.end else 0)
        assert first_bad(events) is None


def test_any_order_of_events_leaves_one_truth(served: Served) -> None:
    class Here(Story):
        def __init__(self) -> None:
            super().__init__(served)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
