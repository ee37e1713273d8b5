"""What happens after a fault: time passes, and everything that recovers by itself gets its chance."""

from holdfast.api.policy import POLICIES
from tests.support.faults.world import KIND, DeliveryOrder, World

ROUND_S = 60
ROUNDS = 80  # longer than a message stays hidden and every attempt's window together


def recover(world: World) -> None:
    """Minute by minute: dispatcher, deliveries, reconciler, bridge; until every run is over."""
    for hired in world.busy:
        hired.resume(
            DeliveryOrder.DIE
        )  # a worker that nobody waits for lives no longer than its platform lets it
    for _ in range(ROUNDS):
        if not any(operation.active for operation in world.operations()) and not world.queue.waiting:
            return
        world.pass_time(ROUND_S)
        world.dispatch()
        deliver_all(world)
        world.sweep()
        world.bridge()


def deliver_all(world: World) -> None:
    """Hand out every message that can be received; each worker that gets something to do does it."""
    for mail in world.queue.visible():
        hired = world.hire(mail)
        if hired and hired.alive:
            hired.resume(DeliveryOrder.FINISH)


def longest_wait_s() -> int:
    """Seconds after which an active run that nobody renews is overdue, whatever it waits for."""
    policy = POLICIES[KIND]
    return max(policy.queued_stale_after, policy.running_stale_after) + 1
