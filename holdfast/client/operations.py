"""Operations: read, list, watch, wait, cancel and reconcile queued work."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from holdfast.api.notifications import Notification, NotificationPage
from holdfast.api.operations import OperationPage, OperationQuery, OperationSummary, OperationView, Summary
from holdfast.api.reconciliation import Reconcile, Sweep
from holdfast.client.transport import Transport
from holdfast.client.validation import check, parse
from holdfast.client.waiting import Pause
from holdfast.errors import Unreachable

FIRST_POLL_S = 0.2
SLOWEST_POLL_S = 3.0
LARGEST_PAGE = 200


class Operations:
    """The calls under `/operations`, and `/notifications`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, operation_id: str) -> OperationView:
        """Return the operation with its timeline. Raises `ApiError` (404), `Unreachable`."""
        answer = self._transport.get(_of(operation_id))
        return parse(OperationView, answer.content)

    def list(self, **filters: Any) -> Iterator[OperationSummary]:
        """Yield all operations that the fields of `OperationQuery` select, newest first."""
        query = check(OperationQuery, {"limit": LARGEST_PAGE, **filters})
        for body in self._transport.pages("/operations", query.model_dump(mode="json", exclude_none=True)):
            yield from parse(OperationPage, body).items

    def summary(self) -> Summary:
        """Return counts over the operations of the last seven days."""
        return parse(Summary, self._transport.get("/operations/summary").content)

    def cancel(self, operation_id: str) -> OperationSummary:
        """End a queued operation at once. Ask a running one to stop at its next renewal."""
        answer = self._transport.post(f"{_of(operation_id)}/cancel", {})
        return parse(OperationSummary, answer.content)

    def reconcile(self, **options: Any) -> Sweep:
        """Reconcile overdue operations of the workspace now. `options` are fields of `Reconcile`."""
        body = check(Reconcile, options).model_dump(mode="json")
        return parse(Sweep, self._transport.post("/operations/reconcile", body).content)

    def notifications(self) -> Iterator[Notification]:
        """Yield the notices of ended operations that the holder of this token asked for, newest first."""
        for body in self._transport.pages("/notifications", {"limit": LARGEST_PAGE}):
            yield from parse(NotificationPage, body).items

    def watch(self, operation_id: str, *, pause: Pause | None = None) -> Iterator[OperationView]:
        """Yield the operation repeatedly, at growing intervals. The last one has ended."""
        waits, poll_s = pause or Pause(), FIRST_POLL_S
        while (operation := self.get(operation_id)).active:
            yield operation
            waits.wait(poll_s)
            poll_s = min(poll_s * 1.5, SLOWEST_POLL_S)
        yield operation

    def wait(
        self, operation_id: str, *, timeout_s: float | None = None, pause: Pause | None = None
    ) -> OperationView:
        """Wait until the operation has ended, with or without success, and return it.

        The interval between two requests grows to at most 3 seconds. Raises `Unreachable` (NOT_ENDED) after
        `timeout_s` seconds; without `timeout_s` there is no time limit.
        """
        waits, waited_s, poll_s = pause or Pause(), 0.0, FIRST_POLL_S
        while (operation := self.get(operation_id)).active:
            if timeout_s is not None and waited_s >= timeout_s:
                raise _unfinished(operation, timeout_s)
            waits.wait(poll_s)
            waited_s, poll_s = waited_s + poll_s, min(poll_s * 1.5, SLOWEST_POLL_S)
        return operation


def _of(operation_id: str) -> str:
    return f"/operations/{quote(operation_id, safe='')}"


def _unfinished(operation: OperationView, timeout_s: float) -> Unreachable:
    state = f"{operation.reason.label} ({operation.freshness})"
    message = f"{operation.id} has not ended after {timeout_s} s: {state}."
    return Unreachable("NOT_ENDED", message, next_step=" ".join(operation.next_steps))
