"""Verdicts; pure (proofs.md, "Checkpoints": five-valued everywhere)."""

from collections import Counter as Tally
from collections.abc import Iterable
from enum import StrEnum

from chalicelib.core.schema import Entity, Limit, Request
from chalicelib.operations.models import MAX_FAILURES, Counter, Failure, Outcome, Result

VERDICT_PAGE_FILES = 200


class Verdict(StrEnum):
    """What a check of stored bytes came to."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


class FileVerdict(Entity):
    """The verdict on one file; `detail` says more when it is not ok."""

    path: str
    verdict: Verdict
    detail: str | None = None


class VerdictQuery(Request):
    """GET /packages/{id}/verifications/{operation_id}."""

    limit: Limit = 50
    cursor: str | None = None


class VerdictPage(Entity):
    """One page of verdicts, by path."""

    items: list[FileVerdict]
    next_cursor: str | None


def result_of(verdicts: Iterable[FileVerdict]) -> Result:
    """What the verification came to: succeeded only when there were files and all of them are ok."""
    found = list(verdicts)
    counts = Tally(file.verdict for file in found)
    failures = [
        Failure(code=f"FILE_{file.verdict.upper()}", message=f"{file.path}: {file.detail or file.verdict}")
        for file in found
        if file.verdict is not Verdict.OK
    ]
    return Result(
        outcome=_outcome(counts),
        summary_counts={Counter(verdict.value): counts[verdict] for verdict in Verdict},
        failures=failures[:MAX_FAILURES],
    )


def _outcome(counts: Tally[Verdict]) -> Outcome:
    if counts[Verdict.BAD] or counts[Verdict.MISSING]:
        return Outcome.FAILED
    unsure = counts[Verdict.ERROR] + counts[Verdict.NOT_CHECKED]
    return Outcome.SUCCEEDED if counts[Verdict.OK] and not unsure else Outcome.PARTIALLY_SUCCEEDED
