"""What is asked of the rotation, and what checks come to; pure (packages.md, "Integrity sweep")."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from chalicelib.core.schema import Count, Entity, Flag, Limit, Request
from chalicelib.operations.models import MAX_FAILURES, Counter, Failure, Outcome, Result

MAX_PLANNED_PACKAGES = 100
STOP_BEFORE_S = 60  # what is left for the last page to end and the result to be written


class Verdict(StrEnum):
    """What a check of stored bytes came to (proofs.md, "Checkpoints": five-valued everywhere)."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


class IntegrityState(StrEnum):
    """What is known of a package's bytes since they were sealed."""

    NOT_CHECKED = "not_checked"
    OK = "ok"
    CORRUPT = "corrupt"
    ERROR = "error"


class SweepRequest(Request):
    """POST /integrity/sweep. `include_recent` takes what is not due yet, too."""

    dry_run: Flag = False
    include_recent: Flag = False
    budget_bytes: Count | None = Field(
        None, description="Bytes to read at most; the setting's when left out."
    )


class PlannedPackage(Entity):
    """A package that a sweep would check."""

    package_id: str
    total_bytes: int
    last_verified_at: datetime | None
    due_at: datetime


class SweepPlan(Entity):
    """What a sweep would set out to check, longest unchecked first, when it began now."""

    dry_run: bool = True
    budget_bytes: int
    total_bytes: int
    packages: list[PlannedPackage]


class SweepQueued(Entity):
    """The operation that sweeps."""

    operation_id: str


class Checked(Entity):
    """What a sweep found of one package; `verdicts` counts its files."""

    package_id: str
    complete: bool
    verdicts: dict[Verdict, int]
    bytes: int = Field(description="Bytes of the files that were checked.")


class AlarmQuery(Request):
    """GET /integrity/alarms."""

    limit: Limit = 50
    cursor: str | None = None


class Alarm(Entity):
    """A package whose stored bytes are not, or may not be, what was sealed."""

    package_id: str
    integrity: IntegrityState
    verdicts: dict[Verdict, int]
    last_verified_at: datetime | None


class AlarmPage(Entity):
    """One page of alarms, by package."""

    items: list[Alarm]
    next_cursor: str | None


def integrity_after(before: IntegrityState, verdicts: Mapping[Verdict, int]) -> IntegrityState:
    """What is known after a check. Only bytes that were all read and matched make a package ok (again)."""
    if verdicts.get(Verdict.BAD) or verdicts.get(Verdict.MISSING):
        return IntegrityState.CORRUPT
    unsure = verdicts.get(Verdict.ERROR) or verdicts.get(Verdict.NOT_CHECKED)
    if verdicts.get(Verdict.OK) and not unsure:
        return IntegrityState.OK
    if before is IntegrityState.CORRUPT:
        return before
    return IntegrityState.ERROR if verdicts.get(Verdict.ERROR) else IntegrityState.NOT_CHECKED


def alarming(state: IntegrityState) -> bool:
    """Whether somebody must look at the package."""
    return state in (IntegrityState.CORRUPT, IntegrityState.ERROR)


class Budget:
    """How many bytes a sweep may still read, and whether there is time to go on."""

    def __init__(self, size: int, remaining: Callable[[], float]) -> None:
        self._left = size
        self._began = False
        self._remaining = remaining

    @property
    def out_of_time(self) -> bool:
        """Whether the platform is about to end the worker."""
        return self._remaining() < STOP_BEFORE_S

    @property
    def spent(self) -> bool:
        """Whether the bytes are used up."""
        return self._left <= 0

    def take(self, size: int) -> bool:
        """Take `size` bytes, if they are there; a sweep's first bytes always are, or it would never move."""
        if self.out_of_time:
            return False
        if self._began and size > self._left:
            self._left = 0
            return False
        self._began, self._left = True, self._left - size
        return True


def sweep_result(found: Sequence[Checked], *, out_of_time: bool) -> Result:
    """What a sweep came to: succeeded only when it checked something and found every file ok."""
    counts: Tally[Verdict] = Tally()
    for checked in found:
        counts.update(checked.verdicts)
    failures = list(_failures(found, out_of_time=out_of_time))
    return Result(
        outcome=_outcome(counts, failures),
        summary_counts={
            **{Counter(verdict.value): counts[verdict] for verdict in Verdict},
            Counter.PACKAGES: len(found),
            Counter.BYTES: sum(checked.bytes for checked in found),
        },
        failures=failures[:MAX_FAILURES],
    )


def _outcome(counts: Tally[Verdict], failures: list[Failure]) -> Outcome:
    if counts[Verdict.BAD] or counts[Verdict.MISSING]:
        return Outcome.FAILED
    return Outcome.PARTIALLY_SUCCEEDED if failures else Outcome.SUCCEEDED


def _failures(found: Sequence[Checked], *, out_of_time: bool) -> Iterator[Failure]:
    for checked in found:
        wrong: dict[Verdict, int] = {
            verdict: count
            for verdict, count in checked.verdicts.items()
            if verdict is not Verdict.OK and count
        }
        if wrong:
            told = ", ".join(f"{count} {verdict}" for verdict, count in wrong.items())
            yield Failure(code=_code(wrong), message=f"{checked.package_id}: {told}")
    if not found:
        yield Failure(code="NOTHING_CHECKED", message="No package was due; nothing is proven by this sweep.")
    if out_of_time:
        yield Failure(
            code="INCOMPLETE",
            message="The worker's time was over before the budget was; the next sweep goes on.",
        )


def _code(wrong: dict[Verdict, int]) -> str:
    return "CORRUPT" if wrong.keys() & {Verdict.BAD, Verdict.MISSING} else "INCOMPLETE"
