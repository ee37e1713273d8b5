"""Work that fails: for now, permanently, or by a fault of ours; and messages that name nothing."""

from datetime import timedelta

import pytest

from chalicelib.core.errors import (
    HoldfastError,
    Invalid,
    NotFound,
    Permanent,
    Throttled,
    Transient,
    Unavailable,
)
from chalicelib.core.worker import SOON_S, Delivery
from chalicelib.operations.models.operation import Action, Message
from chalicelib.operations.service import claims
from holdfast.api.codes import INVALID_REQUEST, UNAVAILABLE
from holdfast.api.operations import OperationStatus, Outcome
from holdfast.api.policy import LEASE_S, POLICIES
from tests.support.faults.truths import broken
from tests.support.faults.world import BROKEN, KIND, DeliveryOrder, World
from tests.support.operations.hands import PLENTY_S, actions, hire, perform, raising


@pytest.mark.parametrize(
    "error",
    [
        Transient("not now"),
        Unavailable(UNAVAILABLE, "It does not answer."),
        Throttled(UNAVAILABLE, "It is too much."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_work_that_fails_for_now_gives_the_run_and_its_message_back(
    world: World, run: str, error: Exception
) -> None:
    with pytest.raises(Transient):
        perform(world, raising(error))
    given = world.operation(run)
    assert (given.status, given.lease_until) == (OperationStatus.RUNNING, None)
    assert actions(world, run)[-1] == Action.RELEASED
    assert broken(world) == []


def test_a_message_that_was_given_back_comes_soon_and_the_next_worker_has_it(world: World, run: str) -> None:
    hire(world).resume(DeliveryOrder.RETRY)
    assert world.queue.visible() == []
    world.pass_time(SOON_S)
    hire(world).resume(DeliveryOrder.FINISH)
    assert (world.operation(run).attempt, world.operation(run).outcome) == (2, Outcome.SUCCEEDED)
    assert broken(world) == []


def test_work_that_still_fails_at_its_last_attempt_ends_the_run(world: World, run: str) -> None:
    for _ in range(POLICIES[KIND].max_attempts):
        hire(world).resume(DeliveryOrder.RETRY)
        world.pass_time(SOON_S)
    ended = world.operation(run)
    assert ended.outcome is Outcome.FAILED
    assert [failure.code for failure in ended.failures] == ["TRANSIENT"]
    assert world.queue.waiting == []
    assert broken(world) == []


@pytest.mark.parametrize("error", [Permanent(INVALID_REQUEST, "No."), Invalid(INVALID_REQUEST, "No.")])
def test_work_that_fails_for_good_ends_the_run_with_its_code(
    world: World, run: str, error: HoldfastError
) -> None:
    perform(world, raising(error))
    ended = world.operation(run)
    assert ended.outcome is Outcome.FAILED
    assert [failure.model_dump() for failure in ended.failures] == [
        {"code": INVALID_REQUEST, "message": "No."}
    ]
    assert broken(world) == []


def test_a_message_of_work_that_failed_for_good_is_acknowledged(world: World, run: str) -> None:
    hire(world).resume(DeliveryOrder.BREAK)
    assert world.operation(run).failures[0].code == BROKEN
    assert world.queue.waiting == []


def test_a_fault_of_ours_leaves_the_run_to_its_lease_and_the_message_to_the_queue(
    world: World, run: str
) -> None:
    with pytest.raises(ZeroDivisionError):
        perform(world, raising(ZeroDivisionError()))
    assert world.operation(run).lease_until == world.now + timedelta(seconds=LEASE_S)


def test_a_message_of_a_run_that_is_not_there_is_not_acknowledged(world: World, run: str) -> None:
    unknown = Message(workspace="acme", operation_id=f"{run}X").model_dump_json()
    with world.at(), pytest.raises(NotFound):
        claims.perform(Delivery(unknown, lambda: PLENTY_S), {})


def test_a_message_that_is_none_of_ours_is_not_acknowledged(world: World) -> None:
    with world.at(), pytest.raises(ValueError, match="Message"):
        claims.perform(Delivery("not a message", lambda: PLENTY_S), {})
