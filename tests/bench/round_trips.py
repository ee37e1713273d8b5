"""Requests to the table and to the store, verb by verb, counted at the service's own clients."""

from collections import Counter
from datetime import timedelta
from math import ceil
from typing import Any

from chalicelib.core import clock
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import claims, lifecycle
from holdfast.api.operations import Outcome, Result
from tests.bench.effort import Effort
from tests.bench.measurements import Measurement
from tests.bench.service import WORKSPACE, contents, created, service
from tests.support.factories import make_actor, make_order
from tests.support.served import PLAN_FILES, Served, answered
from tests.support.wire import counting

TABLE = frozenset(
    {"BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"}
)
LIST_KEYS = 1000
SEALED_FILES = LIST_KEYS + 1


def run(effort: Effort) -> list[Measurement]:  # noqa: ARG001  counts are exact; more effort finds no other
    """Create, plan, finalize, and the life of an operation."""
    with service() as served:
        return [*_creating(served), *_planning(served), *_sealing(served), *_operating(served)]


def _creating(served: Served) -> list[Measurement]:
    with counting() as plain:
        created(served)
    with counting() as repeatable:
        created(served, **{"Idempotency-Key": "bench"})
    return [_table("create", plain, 1), _table("create with an Idempotency-Key", repeatable)]


def _planning(served: Served) -> list[Measurement]:
    package_id, files = created(served), contents(PLAN_FILES)
    with counting() as first:
        answered(served.plan(package_id, files))
    with counting() as again:
        answered(served.plan(package_id, files))
    return [
        _table(f"plan of {PLAN_FILES} files", first, 6),
        _table(f"plan of the same {PLAN_FILES} files again", again, 6),
        _store(f"plan of {PLAN_FILES} files", first),
    ]


def _sealing(served: Served) -> list[Measurement]:
    package_id = created(served)
    served.upload(package_id, contents(SEALED_FILES))
    with counting() as sent:
        answered(served.finalize(package_id))
    what = f"finalize of {SEALED_FILES:,} files"
    return [_store(what, sent, ceil(SEALED_FILES / LIST_KEYS) + 1), _table(what, sent)]


def _operating(served: Served) -> list[Measurement]:
    _queue()
    with clock.freeze(clock.now() + timedelta(minutes=1)), counting() as dispatched:
        lifecycle.dispatch()
    (message,) = served.messages()
    with counting() as claimed:
        claim = claims.take(Message.model_validate_json(message), remaining=lambda: 300.0)
    if claim is None:
        raise RuntimeError("nobody else can have claimed it")
    with counting() as completed:
        claim.complete(Result(outcome=Outcome.SUCCEEDED))
    return [_table("dispatch", dispatched, 5), _table("claim", claimed, 1), _table("complete", completed, 1)]


def _queue() -> None:
    with transact() as transaction:
        lifecycle.queue(transaction, make_order("pkg_bench"), actor=make_actor(workspace=WORKSPACE))


def _table(verb: str, sent: Counter[str], budget: float | None = None) -> Measurement:
    return Measurement(f"table round trips: {verb}", _of(sent, TABLE), "requests", budget)


def _store(verb: str, sent: Counter[str], budget: float | None = None) -> Measurement:
    others = sent.keys() - TABLE - {"SendMessage"}
    return Measurement(f"storage requests: {verb}", _of(sent, others), "requests", budget)


def _of(sent: Counter[str], operations_: Any) -> int:
    return sum(sent[name] for name in operations_)
