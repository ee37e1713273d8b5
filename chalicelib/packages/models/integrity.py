"""What is asked of the rotation, and what sweeps come to; pure (docs/concepts/integrity.md)."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from holdfast.api.operations import MAX_FAILURES, Counter, Failure, Outcome, Result
from holdfast.api.schema import Entity
from holdfast.api.verifications import Verdict

MAX_COUNTED_ALARMS = 100

MAX_NAMED_ALARMS = 10

STOP_BEFORE_S = 60  # what is left for the last page to end and the result to be written

SLOWEST_BYTES_S = 16 * 1024 * 1024  # what a store surely gives in a second


class Checked(Entity):
    """What a sweep itself found of one package; `verdicts` counts files, `bytes` is what they hold."""

    package_id: str
    tenant: str | None
    verdicts: dict[Verdict, int]
    bytes: int


class Stopped(StrEnum):
    """Why a sweep left something that was due."""

    BUDGET_SPENT = "BUDGET_SPENT"
    OUT_OF_TIME = "OUT_OF_TIME"


TOLD = {
    Stopped.BUDGET_SPENT: "More is due than the budget of bytes allowed; the next sweep goes on.",
    Stopped.OUT_OF_TIME: "The worker's time was too short for all that is due; the next sweep goes on.",
}

NOTHING_CHECKED = "NOTHING_CHECKED"

INCOMPLETE = "INCOMPLETE"

CORRUPT = "CORRUPT"


class Budget:
    """How many bytes a sweep may still read, and whether there is time to; `stopped` once it said no.

    The first bytes of a sweep are always there, however small the budget, or it would never move.
    """

    def __init__(self, left: int, remaining: Callable[[], float], *, began: bool) -> None:
        self.stopped: Stopped | None = None
        self._left = left
        self._began = began
        self._remaining = remaining

    def take(self, size: int) -> bool:
        """Take `size` bytes, if they are there and can be read in time."""
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
    """What a sweep came to: succeeded only when it checked all that was due and found every file ok."""
    counts: Tally[Verdict] = Tally()
    for checked in found:
        counts.update(checked.verdicts)
    failures = [*_left(counts, stopped), *sorted(_failures(found), key=lambda failure: failure.code)]
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
    """Whether the sweep checked everything that it set out to."""
    unsure = result.summary_counts[Counter.ERROR] + result.summary_counts[Counter.NOT_CHECKED]
    left = {NOTHING_CHECKED, *Stopped} & {failure.code for failure in result.failures}
    return not unsure and not left


def _outcome(counts: Tally[Verdict], failures: list[Failure]) -> Outcome:
    if counts[Verdict.BAD] or counts[Verdict.MISSING]:
        return Outcome.FAILED
    return Outcome.PARTIALLY_SUCCEEDED if failures else Outcome.SUCCEEDED


def _left(counts: Tally[Verdict], stopped: Stopped | None) -> Iterator[Failure]:
    if stopped:
        yield Failure(code=stopped, message=TOLD[stopped])
    if not counts[Verdict.OK] + counts[Verdict.BAD] + counts[Verdict.MISSING]:
        message = "No file was checked; nothing is proven by this sweep."
        yield Failure(code=NOTHING_CHECKED, message=message)


def _failures(found: Sequence[Checked]) -> Iterator[Failure]:
    for checked in found:
        wrong = {verdict: count for verdict, count in checked.verdicts.items() if count}
        wrong.pop(Verdict.OK, None)
        if wrong:
            # the run is everyone's in the workspace to see, a tenant's package is not
            name = checked.package_id if checked.tenant is None else "a tenant's package"
            told = ", ".join(f"{count} {verdict}" for verdict, count in wrong.items())
            corrupt = wrong.keys() & {Verdict.BAD, Verdict.MISSING}
            yield Failure(code=CORRUPT if corrupt else INCOMPLETE, message=f"{name}: {told}")
