"""The byte budget of an integrity sweep, and its result; pure (docs/concepts/integrity.md)."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from holdfast.api.operations import MAX_FAILURES, Counter, Failure, Outcome, Result
from holdfast.api.schema import Entity
from holdfast.api.verifications import Verdict

MAX_COUNTED_ALARMS = 100
MAX_NAMED_ALARMS = 10
STOP_BEFORE_S = 60  # time to end the last page and to write the result
SLOWEST_BYTES_S = 16 * 1024 * 1024  # bytes a second that every store reaches


class Checked(Entity):
    """One package in a sweep: `verdicts` counts its files by verdict, `bytes` is the size that was read."""

    package_id: str
    tenant: str | None
    verdicts: dict[Verdict, int]
    bytes: int


class Stopped(StrEnum):
    """The reasons why a sweep did not check all that was due."""

    BUDGET_SPENT = "BUDGET_SPENT"
    OUT_OF_TIME = "OUT_OF_TIME"


STOP_MESSAGES = {
    Stopped.BUDGET_SPENT: "The byte budget is spent and more packages are due; the next sweep goes on.",
    Stopped.OUT_OF_TIME: "The time of the worker is over and more packages are due; the next sweep goes on.",
}

NOTHING_CHECKED = "NOTHING_CHECKED"
INCOMPLETE = "INCOMPLETE"
CORRUPT = "CORRUPT"


class Budget:
    """The bytes and the time that a sweep has left; `stopped` is the reason of a refusal, None before.

    The first `take` of a sweep needs time only: a small budget would otherwise check nothing, ever.
    """

    def __init__(self, left: int, remaining: Callable[[], float], *, began: bool) -> None:
        self.stopped: Stopped | None = None
        self._left = left
        self._began = began
        self._remaining = remaining

    def take(self, size: int) -> bool:
        """Take `size` bytes from the budget; return False when bytes or time are too short for them."""
        self.stopped = self._refusal(size)
        if self.stopped is None:
            self._began, self._left = True, self._left - size
        return self.stopped is None

    def _refusal(self, size: int) -> Stopped | None:
        reading_s = size / SLOWEST_BYTES_S if self._began else 0
        if self._remaining() < STOP_BEFORE_S + reading_s:
            return Stopped.OUT_OF_TIME
        return Stopped.BUDGET_SPENT if self._began and size > self._left else None


def sweep_result(found: Sequence[Checked], *, stopped: Stopped | None) -> Result:
    """Return the result of a sweep: succeeded only when it checked all that was due and every file was ok."""
    counts: Tally[Verdict] = Tally()
    for checked in found:
        counts.update(checked.verdicts)
    failures = [*_unchecked(counts, stopped), *sorted(_failures(found), key=lambda failure: failure.code)]
    return Result(
        outcome=_outcome(counts, failures),
        summary_counts={
            **{Counter(verdict.value): counts[verdict] for verdict in Verdict},
            Counter.PACKAGES: len(found),
            Counter.BYTES: sum(checked.bytes for checked in found),
        },
        failures=failures[:MAX_FAILURES],
    )


def complete(result: Result) -> bool:
    """Return whether the sweep of this result checked all that was due."""
    unsure = result.summary_counts[Counter.ERROR] + result.summary_counts[Counter.NOT_CHECKED]
    left = {NOTHING_CHECKED, *Stopped} & {failure.code for failure in result.failures}
    return not unsure and not left


def _outcome(counts: Tally[Verdict], failures: list[Failure]) -> Outcome:
    if counts[Verdict.BAD] or counts[Verdict.MISSING]:
        return Outcome.FAILED
    return Outcome.PARTIALLY_SUCCEEDED if failures else Outcome.SUCCEEDED


def _unchecked(counts: Tally[Verdict], stopped: Stopped | None) -> Iterator[Failure]:
    if stopped:
        yield Failure(code=stopped, message=STOP_MESSAGES[stopped])
    if not counts[Verdict.OK] + counts[Verdict.BAD] + counts[Verdict.MISSING]:
        message = "No file was checked, so this sweep proves nothing."
        yield Failure(code=NOTHING_CHECKED, message=message)


def _failures(found: Sequence[Checked]) -> Iterator[Failure]:
    for checked in found:
        wrong = {verdict: count for verdict, count in checked.verdicts.items() if count}
        wrong.pop(Verdict.OK, None)
        if wrong:
            # everyone in the workspace may see the run, but not a package of a tenant
            name = checked.package_id if checked.tenant is None else "a tenant's package"
            counts = ", ".join(f"{count} {verdict}" for verdict, count in wrong.items())
            corrupt = wrong.keys() & {Verdict.BAD, Verdict.MISSING}
            yield Failure(code=CORRUPT if corrupt else INCOMPLETE, message=f"{name}: {counts}")
