"""The fake service's queued work, shown as the service shows it (docs/concepts/operations.md)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from chalicelib.operations.models.reconciliation import Verb
from chalicelib.operations.models.status import matches, summarize, view
from holdfast.api.notifications import Notification
from holdfast.api.operations import (
    CANCELLED,
    DayCount,
    Failure,
    Operation,
    OperationQuery,
    OperationStatus,
    OperationType,
    Outcome,
    Progress,
    Reason,
    Result,
    Subject,
    Summary,
    TimelineEvent,
)
from holdfast.api.reconciliation import Change, Reconcile, Sweep

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
COPIED = {"type", "subject", "outcome", "reason"}
Page = Callable[[list[dict[str, Any]], httpx.Request], dict[str, Any]]


def make_operation(**overrides: Any) -> Operation:
    """A queued run, inside its window."""
    values = {
        "id": "op_1",
        "workspace": "qa",
        "tenant": None,
        "type": OperationType.PACKAGE_FINALIZE,
        "status": OperationStatus.QUEUED,
        "outcome": Outcome.PENDING,
        "initiator": "dana",
        "identity_hash": None,
        "subject": Subject(kind="package", id="pkg_1"),
        "deadline_at": NOW + timedelta(minutes=5),
        "created_at": NOW,
    }
    return Operation.model_validate(values | overrides)


def make_running(done: int = 0, **overrides: Any) -> Operation:
    """A run whose worker has told that `done` of 5 files are checked."""
    progress = Progress(done=done, total=5, unit="files")
    return make_operation(
        **{"status": OperationStatus.RUNNING, "attempt": 1, "progress": progress, **overrides}
    )


def make_ended(*failures: Failure, outcome: Outcome = Outcome.SUCCEEDED, **overrides: Any) -> Operation:
    """A run that has ended with `outcome`."""
    result = Result(outcome=outcome, failures=list(failures))
    return make_running(5, **overrides).as_completed(result, at=NOW)


@dataclass
class FakeOperations:
    """Runs by id, each as the states that it shows one after the other; the last one stays."""

    page: Page
    runs: dict[str, list[Operation]] = field(
        default_factory=lambda: {"op_1": [make_running(), make_running(), make_ended()]}
    )
    notices: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    stuck: list[Change] = field(default_factory=list)
    polls: int = 0

    def answer(self, request: httpx.Request, parts: list[str]) -> dict[str, Any] | None:
        """What a request under /operations is answered; None when there is nothing by that name."""
        if len(parts) == 1:
            return self.page(self._chosen(request), request)
        if parts[1] == "summary":
            return self._summary().model_dump(mode="json")
        if parts[1] == "reconcile":
            return self._sweep(Reconcile.model_validate_json(request.content)).model_dump(mode="json")
        if parts[1] not in self.runs:
            return None
        return self._cancel(parts[1]) if "cancel" in parts else self._shown(parts[1])

    def stick(self, operation: Operation) -> None:
        """Let the sweep find this run."""
        change = Change(
            operation_id=operation.id,
            type=operation.type,
            change=Verb.CLOSE,
            reason_code=Reason.STALE_QUEUED,
            evidence={},
        )
        self.stuck.append(change)

    def _chosen(self, request: httpx.Request) -> list[dict[str, Any]]:
        # parameters are strings in a query, as the service reads them
        asked = {name: value for name, value in request.url.params.items() if name != "cursor"}
        query = OperationQuery.model_validate_strings(asked)
        rows = [summarize(states[0], NOW) for states in self.runs.values()]
        return [row.model_dump(mode="json") for row in rows if matches(query, row)]

    def _shown(self, operation_id: str) -> dict[str, Any]:
        self.polls += 1
        states = self.runs[operation_id]
        current = states.pop(0) if len(states) > 1 else states[0]
        event = TimelineEvent(seq=1, action="operations:run:queued", actor="dana", at=NOW, payload={})
        shown = view(current, [], NOW).model_copy(update={"timeline": [event]})
        return shown.model_dump(mode="json")

    def _cancel(self, operation_id: str) -> dict[str, Any]:
        current = self.runs[operation_id][0]
        if current.status is OperationStatus.QUEUED:
            failure = Failure(code=CANCELLED, message="Cancelled by dana.")
            result = Result(outcome=Outcome.FAILED, failures=[failure])
            current = current.as_completed(result, at=NOW)
        self.runs[operation_id] = [current]
        return summarize(current, NOW).model_dump(mode="json")

    def _summary(self) -> Summary:
        return Summary(
            since=NOW,
            complete=len(self.runs) < 3,
            by_status={OperationStatus.QUEUED: 2},
            by_freshness={summarize(make_operation(), NOW).freshness: 1},
            reconciled=[DayCount(day="2026-03-14", type=OperationType.PACKAGE_VERIFY, count=4)],
        )

    def _sweep(self, body: Reconcile) -> Sweep:
        found = [change for change in self.stuck if not body.types or change.type in body.types]
        if not body.dry_run:
            self.stuck = [change for change in self.stuck if change not in found]
        counts = {"inspected": len(found), "reconciled": len(found), "redispatched": 0, "skipped": 0}
        return Sweep(dry_run=body.dry_run, **counts, changes=found[: body.limit])


def make_notice(operation: Operation) -> dict[str, Any]:
    """The notice that a run has ended."""
    shown = summarize(operation, NOW)
    notice = Notification(operation_id=operation.id, at=NOW, **shown.model_dump(include=COPIED))
    return notice.model_dump(mode="json")
