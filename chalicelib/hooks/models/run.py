"""The end of a hook run, and the result that it gives its operation; pure (docs/concepts/hooks.md)."""

from datetime import datetime
from typing import NamedTuple

from holdfast.api.hook_runs import HookRun, Log, RunStatus
from holdfast.api.operations import Counter, Failure, Outcome, Result

MAX_TAIL_CHARACTERS = 32 * 1024
MAX_REASON_CHARACTERS = 1000

OUTCOMES = {
    RunStatus.SUCCEEDED: Outcome.SUCCEEDED,
    RunStatus.REJECTED: Outcome.BLOCKED,
    RunStatus.FAILED: Outcome.FAILED,
}


class End(NamedTuple):
    """How a run ends. A run that does not succeed has a `code`."""

    status: RunStatus
    code: str | None = None
    reason: str | None = None
    exit_code: int | None = None
    row_count: int = 0
    output_digest: str | None = None
    isolation: tuple[str, ...] = ()
    log: Log | None = None


def as_ended(run: HookRun, end: End, *, at: datetime) -> HookRun:
    """Return the run with its end written into it; `at` is the moment."""
    return run.with_status(
        end.status,
        code=end.code,
        reason=readable(end.reason)[:MAX_REASON_CHARACTERS] if end.reason else None,
        exit_code=end.exit_code,
        row_count=end.row_count,
        output_digest=end.output_digest,
        isolation=list(end.isolation),
        finished_at=at,
        duration_s=(at - run.started_at).total_seconds() if run.started_at else None,
    )


def matches(run: HookRun, facets: dict[str, str]) -> bool:
    """Return whether the run has the value of each facet, by the facet's name."""
    return all(str(getattr(run, name)) == value for name, value in facets.items())


def result_of(run: HookRun) -> Result:
    """Return the result of the operation of a run that is over; a rejected run has the outcome `blocked`."""
    failures = []
    if run.status is not RunStatus.SUCCEEDED:
        failures = [Failure(code=run.code or run.status.upper(), message=run.reason or "no reason was given")]
    counts = {Counter.ROWS: run.row_count}
    return Result(outcome=OUTCOMES[run.status], summary_counts=counts, failures=failures)


def tail(text: str) -> str:
    """Return the last characters of a log, as many as a run keeps."""
    return readable(text[-MAX_TAIL_CHARACTERS:])


def readable(text: str) -> str:
    """Return `text` as JSON can carry it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
