"""Verdicts; pure (proofs.md, "Checkpoints": five-valued everywhere)."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chalicelib.core.schema import Entity, Limit, Request
from chalicelib.operations.models import MAX_FAILURES, Counter, Failure, Outcome, Result
from chalicelib.packages.files.models import FileEntry
from chalicelib.packages.verdicts.models import Verdict

VERDICT_PAGE_FILES = 200
VERDICT_PAGE_BYTES = 256 * 1024 * 1024  # what is checked again when a worker dies
MAX_REHASH_BYTES = 4 * 1024 * 1024 * 1024  # what a worker surely reads within its time


class FileVerdict(Entity):
    """The verdict on one file; `detail` says more when it is not ok."""

    path: str
    verdict: Verdict
    detail: str | None = None


class Check(NamedTuple):
    """A check of a package's files, and the operation that works on it now: it may go over several."""

    id: str
    operation_id: str


class KeptPage(NamedTuple):
    """Verdicts that are kept together, by path, and the operation that found them."""

    found_by: str
    verdicts: list[FileVerdict]


class VerdictQuery(Request):
    """GET /packages/{id}/verifications/{operation_id}."""

    limit: Limit = 50
    cursor: str | None = None


class VerdictPage(Entity):
    """One page of verdicts, by path."""

    items: list[FileVerdict]
    next_cursor: str | None


def joined(pages: Iterable[KeptPage]) -> list[FileVerdict]:
    """The verdicts of all `pages`, in their order."""
    return [verdict for page in pages for verdict in page.verdicts]


def bytes_to_read(entry: FileEntry) -> int:
    """How many bytes a check of the file reads: all of them, or none of what no worker has the time for."""
    return entry.size if entry.size <= MAX_REHASH_BYTES else 0


def next_page(entries: Sequence[FileEntry]) -> Sequence[FileEntry]:
    """The first of `entries`, as many as are checked and kept together; at least one when there are any."""
    size = 0
    for count, entry in enumerate(entries[:VERDICT_PAGE_FILES]):
        size += bytes_to_read(entry)
        if count and size > VERDICT_PAGE_BYTES:
            return entries[:count]
    return entries[:VERDICT_PAGE_FILES]


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
