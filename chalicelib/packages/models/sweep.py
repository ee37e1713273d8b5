"""The steps of a retention sweep and its result; pure (docs/concepts/retention.md)."""

from datetime import datetime

from chalicelib.packages.models.package import PackageRecord
from holdfast.api.operations import MAX_FAILURES, Counter, Failure, Outcome, Result
from holdfast.api.packages import Status
from holdfast.api.retention import Explanation
from holdfast.api.sweeps import Step, Verb

COUNTERS = {
    Verb.NOTE: Counter.ELIGIBLE,
    Verb.MIRROR: Counter.MIRRORED,
    Verb.FINISH: Counter.DISPOSED,
    Verb.DISPOSE: Counter.DISPOSED,
}


def decide(record: PackageRecord, why: Explanation, now: datetime) -> Step | None:
    """Return the most urgent step of a sweep for a package at `now`; None when there is nothing to do."""
    verb = _verb(record, why, now)
    if verb is None:
        return None
    reasons = [rule.detail for rule in why.rules]
    return Step(package_id=record.id, step=verb, expires_at=record.expires_at, reasons=reasons)


def result_of(done: list[Verb], failures: list[Failure], *, inspected: int) -> Result:
    """Return the result of a sweep: succeeded when no step failed, else partially succeeded."""
    counts = dict.fromkeys(COUNTERS.values(), 0)
    for verb in done:
        counts[COUNTERS[verb]] += 1
    counts |= {Counter.PACKAGES: inspected, Counter.ERROR: len(failures)}
    outcome = Outcome.PARTIALLY_SUCCEEDED if failures else Outcome.SUCCEEDED
    return Result(outcome=outcome, summary_counts=counts, failures=failures[:MAX_FAILURES])


def _verb(record: PackageRecord, why: Explanation, now: datetime) -> Verb | None:
    if record.status is Status.DELETED:
        disposal = record.disposal
        return Verb.FINISH if disposal and _past(disposal.next_attempt_at, now) else None
    if record.lock and _past(record.lock.next_check_at, now):
        return Verb.MIRROR
    if why.auto_delete.due:
        return Verb.DISPOSE
    return Verb.NOTE if why.eligible and record.eligible_at is None else None


def _past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
