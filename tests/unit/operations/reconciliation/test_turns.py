"""Runs of one shard that nothing can end do not hide the runs of another shard permanently."""

import zlib

from chalicelib.operations.service import reconciliation
from chalicelib.operations.store import operations as store
from holdfast.api.reconciliation import Reconcile
from tests.support.faults.recovery import longest_wait_s
from tests.support.faults.world import World

MINUTE_S = 60


def shard(run: str) -> int:
    return zlib.crc32(run.encode()) % store.SHARDS


def request_in_every_shard(world: World) -> set[str]:
    """One run in each shard."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < store.SHARDS:
        number += 1
        run = world.request(f"pkg_{number}")
        if found.setdefault(shard(run), run) != run:
            world.cancel(run)
    return set(found.values())


def test_each_shard_is_first_once_in_as_many_minutes_as_there_are_shards(world: World) -> None:
    runs = request_in_every_shard(world)
    world.pass_time(longest_wait_s())
    first = set()
    for _ in range(store.SHARDS):
        with world.at():
            seen = reconciliation.reconcile(Reconcile(dry_run=True, limit=1), actor=None)
        first |= {change.operation_id for change in seen.changes}
        world.pass_time(MINUTE_S)
    assert first == runs
