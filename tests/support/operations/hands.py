"""What tests of claims do with the queue and the worker protocol."""

from collections.abc import Callable

from chalicelib.core.worker import Delivery
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import claims
from chalicelib.operations.service.claims import Claim
from holdfast.api.operations import Result
from tests.support.faults.queues import Mail
from tests.support.faults.truths import chain
from tests.support.faults.world import KIND, WORKER_TIMEOUT_S, Worker, World

PLENTY_S = float(WORKER_TIMEOUT_S)


def hire(world: World) -> Worker:
    """A worker that holds the oldest message that can be received."""
    hired = world.hire(world.queue.visible()[0])
    assert hired is not None
    return hired


def perform(world: World, handler: Callable[[Claim], Result], *, remaining: float = PLENTY_S) -> None:
    """Deliver the oldest message, straight to the protocol."""
    mail = world.queue.visible()[0]
    with world.at():
        claims.perform(Delivery(mail.body, lambda: remaining), {KIND: handler})


def take(world: World, mail: Mail) -> Claim | None:
    with world.at():
        return claims.take(Message.model_validate_json(mail.body), remaining=lambda: PLENTY_S)


def raising(error: Exception) -> Callable[[Claim], Result]:
    def handler(_: Claim) -> Result:
        raise error

    return handler


def actions(world: World, run: str) -> list[str]:
    return [event.action for event in chain(world.table, world.operation(run))]


def between(world: World, operation: str, act: Callable[[], None]) -> None:
    """Let somebody else act once, right after the engine answered to `operation`."""

    def tap(name: str, *_: object) -> None:
        if name == operation:
            world.wire.tapped = None
            act()

    world.wire.tapped = tap
