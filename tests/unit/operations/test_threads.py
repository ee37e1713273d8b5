"""What happens to one run between threads: one claim, one end, one active run of an identity."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.service import lifecycle, operations, reconciliation
from chalicelib.operations.service.claims import Claim
from holdfast.api.operations import Operation, OperationType, Subject
from tests.support.factories import make_actor
from tests.support.operations.stages import SUCCEEDED, chain, current, overdue, queued, silent, take
from tests.support.served import Served

THREADS = 16
ENDS = frozenset({Action.COMPLETED, Action.RECONCILED})
every_round = pytest.mark.parametrize("number", range(3), ids=lambda number: f"round {number}")

T = TypeVar("T")


def at_once(act: Callable[[int], T]) -> list[T]:
    """What `act` gives in each of sixteen threads that start together; each is told its number."""
    together = Barrier(THREADS)

    def run(number: int) -> T:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def ends(run: Operation) -> int:
    """How often a run ended, in a chain without a gap."""
    events = chain(run)
    assert first_bad(events) is None
    return sum(event.action in ENDS for event in events)


def notices(served: Served) -> list[str]:
    """The runs that `ada` was told of."""
    return [notice["operation_id"] for notice in served.pages("/notifications")]


def finish(run: Operation) -> None:
    """A worker takes the run, if it may, and is done at once."""
    claim = take(run)
    if claim:
        claim.complete(SUCCEEDED)


@every_round
def test_of_many_claims_of_a_queued_run_exactly_one_holds(served: Served, number: int) -> None:
    run = queued(f"pkg_{number}", workspace=served.workspace)
    claims = [claim for claim in at_once(lambda _: take(run)) if claim]
    assert len(claims) == 1
    assert current(run) == claims[0].operation
    assert [event.action for event in chain(run)] == [Action.QUEUED, Action.STARTED]


@every_round
def test_of_many_that_take_over_a_silent_run_exactly_one_holds(served: Served, number: int) -> None:
    fallen = silent(f"pkg_{number}", workspace=served.workspace).operation
    claims = [claim for claim in at_once(lambda _: take(fallen)) if claim]
    assert [(claim.operation.attempt, claim.operation.fence) for claim in claims] == [(2, 2)]
    assert first_bad(chain(fallen)) is None


@every_round
def test_of_many_ends_by_the_holder_of_a_claim_one_is_the_end(served: Served, number: int) -> None:
    claim = silent(f"pkg_{number}", workspace=served.workspace)
    copies = [Claim(item, claim.operation, lambda: 300.0) for item in read_often(claim.operation)]
    at_once(lambda thread: copies[thread].complete(SUCCEEDED))
    assert ends(claim.operation) == 1
    assert notices(served) == [claim.operation.id]


def read_often(run: Operation) -> list[Item]:
    """The state item of a run, as each of the threads has read it."""
    actor = make_actor(workspace=run.workspace)
    return [operations.load(run.id, actor=actor) for _ in range(THREADS)]


@every_round
@pytest.mark.parametrize("stage", ["queued", "running"])
def test_a_run_that_everything_happens_to_at_once_ends_once(served: Served, stage: str, number: int) -> None:
    """Its old worker is done, another takes it, sweeps and the bridge end it, and somebody cancels it."""
    claim = silent(f"pkg_{number}", workspace=served.workspace) if stage == "running" else None
    run = claim.operation if claim else overdue(f"pkg_{number}", workspace=served.workspace)
    actor = make_actor(workspace=served.workspace)
    dead = Message(workspace=run.workspace, operation_id=run.id).model_dump_json()
    moves: list[Callable[[], object]] = [
        lambda: finish(run),
        reconciliation.sweep,
        lambda: operations.cancel(run.id, actor=actor),
        lambda: reconciliation.bridge(dead, queue="packages"),
    ]
    at_once(lambda thread: claim.complete(SUCCEEDED) if claim and thread == 0 else moves[thread % 4]())
    finish(run)
    assert not current(run).active
    assert ends(run) == 1
    assert notices(served) == [run.id]
    assert outcome_of(run) == current(run).outcome


def outcome_of(run: Operation) -> str:
    """What the event that ended a run says came of it."""
    (payload,) = [event.payload for event in chain(run) if event.action in ENDS]
    return str((payload or {})["outcome"])


@every_round
def test_of_equal_requests_at_once_one_run_is_queued_and_all_are_told_of_it(
    served: Served, number: int
) -> None:
    actor = make_actor(workspace=served.workspace)
    order = lifecycle.OperationRequest(
        OperationType.PACKAGE_VERIFY, Subject(kind="package", id=f"pkg_{number}"), {}
    )

    def ask(_: int) -> str:
        try:
            with transact() as transaction:
                return lifecycle.queue(transaction, order, actor=actor).operation.id
        except lifecycle.AlreadyActive:
            return lifecycle.join(order, actor=actor).id

    asked = Counter(at_once(ask))
    assert list(asked.values()) == [THREADS]
    assert [operation["id"] for operation in served.pages("/operations")] == list(asked)


def test_a_run_that_ended_sets_its_identity_free_for_exactly_one_other(served: Served) -> None:
    first = queued(workspace=served.workspace)
    finish(first)

    def ask(_: int) -> Operation | None:
        try:
            return queued(workspace=served.workspace)
        except lifecycle.AlreadyActive:
            return None

    assert len([run for run in at_once(ask) if run]) == 1
    assert current(first).outcome == "succeeded"
