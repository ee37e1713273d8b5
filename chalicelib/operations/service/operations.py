"""Submit, show, list, count and cancel operations."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from chalicelib.audit import service as audit
from chalicelib.auth.models import Actor
from chalicelib.core import clock
from chalicelib.core.errors import not_found
from chalicelib.dynamodb.items import Item, Page, RawKey
from chalicelib.dynamodb.paging import fill_page
from chalicelib.dynamodb.transaction import Transaction, retry_when_stale, transact
from chalicelib.http import cursors
from chalicelib.operations.models.operation import Action
from chalicelib.operations.models.status import freshness, matches, summarize, view
from chalicelib.operations.service import lifecycle
from chalicelib.operations.service.lifecycle import OperationRequest
from chalicelib.operations.store import operations as store
from holdfast.api import moments
from holdfast.api.operations import (
    DayCount,
    Freshness,
    Operation,
    OperationPage,
    OperationQuery,
    OperationStatus,
    OperationSummary,
    OperationView,
    Summary,
)

TIMELINE_LIMIT = 200
SUMMARY_DAYS = 7
SUMMARY_LIMIT = 5000
SUMMARY_PAGE = 500


Stage = Callable[[Transaction, Operation], None]


def submit(request: OperationRequest, *, actor: Actor, stage: Stage | None = None) -> Operation:
    """Queue the work and send its message, or join the active run of the same identity.

    `stage` adds the caller's own writes to the transaction that queues the work. They are not made when
    a run is joined. Raises `Stale` when another writer was first: the caller reads again and decides anew.
    """
    # no retry here: `stage` changes items that the caller read, and may stage each of them once only
    try:
        with transact() as transaction:
            queued = lifecycle.queue(transaction, request, actor=actor)
            if stage:
                stage(transaction, queued.operation)
    except lifecycle.AlreadyActive:
        return lifecycle.join(request, actor=actor)
    lifecycle.send(queued.outbox)
    return queued.operation


def get(operation_id: str, *, actor: Actor) -> OperationView:
    """Return the run with its timeline; raise `NotFound` when the actor may not see it."""
    item = load(operation_id, actor=actor)
    events = audit.events(item.pk, limit=TIMELINE_LIMIT)
    return view(store.to_operation(item), events, clock.now())


def find(operation_id: str, *, actor: Actor) -> Operation:
    """Return the run; raise `NotFound` when the actor may not see it."""
    return store.to_operation(load(operation_id, actor=actor))


def load(operation_id: str, *, actor: Actor) -> Item:
    """Return the state item of the run; raise `NotFound` when the actor may not see it."""
    item = store.find(actor.workspace, operation_id)
    if item is None or not actor.entitled(store.to_operation(item).tenant):
        raise not_found()
    return item


def search(query: OperationQuery, *, actor: Actor) -> OperationPage:
    """Return one page of runs, newest first.

    A page may hold fewer than `limit` runs although there are more: read on while there is a cursor.
    """
    if not actor.entitled(query.tenant):
        raise not_found()
    described = ["operations", actor.workspace, query.model_dump(mode="json", exclude={"cursor", "limit"})]
    start = cursors.decode(query.cursor, query=described)

    def read(limit: int, after: RawKey | None) -> Page:
        where = store.facets(query)
        return store.newest(actor.workspace, since=None, limit=limit, start=after, where=where)

    page = fill_page(read, lambda rows: _visible(rows, query, actor), limit=query.limit, start=start)
    return OperationPage(items=page.items, next_cursor=cursors.encode(page.last_key, query=described))


def summary(*, actor: Actor, now: datetime | None = None) -> Summary:
    """Return counts of the runs of the last seven days that the actor may see.

    It reads at most SUMMARY_LIMIT rows; `complete` says whether those were all.
    """
    now = now or clock.now()
    since = clock.shifted(now, -SUMMARY_DAYS * 86_400)
    counted, complete = _recent(actor, since)
    shown = [(operation, freshness(operation, now)) for operation in counted]
    days = Counter(
        (operation.reconciliation.reconciled_at.date().isoformat(), operation.type)
        for operation in counted
        if operation.reconciliation
    )
    statuses, fresh = Counter(item.status for item in counted), Counter(found for _, found in shown)
    return Summary(
        since=since,
        complete=complete,
        by_status={status: statuses[status] for status in OperationStatus},
        by_freshness={kind: fresh[kind] for kind in Freshness},
        reconciled=[DayCount(day=day, type=kind, count=count) for (day, kind), count in sorted(days.items())],
    )


@retry_when_stale
def cancel(operation_id: str, *, actor: Actor) -> OperationSummary:
    """End a queued run at once, or ask a running one to stop at its next renewal.

    A run that has ended stays as it is.
    """
    item = load(operation_id, actor=actor)
    operation = store.to_operation(item)
    if operation.status is OperationStatus.QUEUED:
        operation = lifecycle.end(
            item, lifecycle.as_cancelled(operation, actor.user_id), action=Action.COMPLETED, actor=actor
        )
    elif operation.active and operation.cancel_requested_by is None:
        operation = operation.model_copy(update={"cancel_requested_by": actor.user_id})
        with transact() as transaction:
            lifecycle.save(transaction, item, operation, action=Action.CANCEL_REQUESTED, actor=actor)
    return summarize(operation, clock.now())


def _visible(rows: list[Item], query: OperationQuery, actor: Actor) -> list[OperationSummary]:
    now = clock.now()
    found = [store.to_operation(item) for item in store.read(rows)]
    shown = [summarize(operation, now) for operation in found if actor.entitled(operation.tenant)]
    return [item for item in shown if matches(query, item)]  # the index may lag behind the record


def _recent(actor: Actor, since: datetime) -> tuple[list[Operation], bool]:
    counted: list[Operation] = []
    start, read = None, 0
    while read < SUMMARY_LIMIT:
        page = store.newest(
            actor.workspace, since=moments.rfc3339(since), limit=SUMMARY_PAGE, start=start, where=None
        )
        read += len(page.items)
        found = [store.to_operation(item) for item in store.read(page.items)]
        counted += [operation for operation in found if actor.entitled(operation.tenant)]
        start = page.last_key
        if start is None:
            return counted, True
    return counted, False
