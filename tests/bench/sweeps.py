"""What a retention sweep reads: ten overdue packages, among a thousand that are kept and among many more."""

import os
from collections.abc import Iterator
from datetime import timedelta

from chalicelib import wiring
from chalicelib.core import clock
from chalicelib.core.worker import Delivery
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import MAX_OPERATIONS, transact
from chalicelib.operations.service import claims
from chalicelib.packages.service import sweeps
from chalicelib.packages.store import packages as store
from holdfast.api.packages import Package, Status
from tests.bench.effort import Effort
from tests.bench.measurements import Measurement
from tests.support.factories import MOMENT, SECRET, make_package, make_record
from tests.support.faults.memory import MemoryTable
from tests.support.faults.queues import MemoryQueue
from tests.support.faults.wire import Wire

OVERDUE = 10
FEW, MANY = 1_000, 100_000
BUDGET = 2.0
WORKER_S = 300.0
SETTINGS = {
    "HOLDFAST_JWT_SECRET": SECRET,
    "HOLDFAST_QUEUE_URL_PREFIX": "https://sqs.us-east-1.amazonaws.com/123456789012/",
    "HOLDFAST_STORAGE": "filesystem",
    "HOLDFAST_LOG_LEVEL": "CRITICAL",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def run(effort: Effort) -> list[Measurement]:  # noqa: ARG001  counts are exact; more effort finds no other
    """The schedule and the sweep that it queues, counted in rows of the table that are read."""
    os.environ.update(SETTINGS)
    wire = Wire(MemoryTable(), MemoryQueue(lambda: MOMENT))
    wire.connect()
    few, many = rows_read(wire, kept=FEW), rows_read(wire, kept=MANY)
    what = f"retention sweep of {OVERDUE} overdue"
    return [
        Measurement(f"table rows read: {what} among {FEW:,}", few, "rows"),
        Measurement(f"table rows read: {what} among {MANY:,}", many, "rows"),
        Measurement(f"{what} among {MANY:,} / among {FEW:,}", many / few, "x", BUDGET),
    ]


def rows_read(wire: Wire, *, kept: int) -> int:
    """How many rows are read to find and note ten packages that expired among so many that are kept.

    Raises `RuntimeError` when not just those are noted.
    """
    wire.table, wire.queue = MemoryTable(), MemoryQueue(lambda: MOMENT)
    _save([*_items(kept)])
    wire.table.rows_read = 0
    with clock.freeze(MOMENT):
        sweeps.queue_due()
        for mail in wire.queue.visible():
            claims.perform(Delivery(mail.body, lambda: WORKER_S), wiring.handlers("sweeps"))
    noted = [item for item in wire.table.of_kind("package") if 'eligible_at": "' in item["data"]["S"]]
    if len(noted) != OVERDUE:
        raise RuntimeError(f"the sweep noted {len(noted)} packages, not {OVERDUE}")
    return wire.table.rows_read


def _items(kept: int) -> Iterator[Item]:
    for number in range(kept):
        overdue = number < OVERDUE
        package = _package(MOMENT + timedelta(days=-1 if overdue else 30 + number % 300))
        yield store.new_state(make_record(**package.model_dump(exclude={"metadata"})))
        if overdue:
            yield store.new_metadata(package)


def _package(expires_at: object) -> Package:
    return make_package(status=Status.FINALIZED, finalized_at=MOMENT, expires_at=expires_at)


def _save(items: list[Item]) -> None:
    for start in range(0, len(items), MAX_OPERATIONS):
        with transact() as transaction:
            for item in items[start : start + MAX_OPERATIONS]:
                transaction.save(item)
