"""Verdicts on files, pages of them, and what a check comes to; pure.

Verdicts: what a check of stored bytes can come to, and what is known of a package after it.

A verdict is five-valued (`ok`, `bad`, `missing`, `error`, `not_checked`), per file. A package's `integrity`
follows from the verdicts on all of its files: `corrupt` when bytes are bad or missing, and until a check
finds every one of them in order; `ok` only when every file was read and matched.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chalicelib.packages.models.file import FileEntry
from holdfast.api.operations import MAX_FAILURES, Counter, Failure, Outcome, Result
from holdfast.api.verifications import FileVerdict, IntegrityState, Verdict


def is_settled(verdicts: Mapping[Verdict, int]) -> bool:
    """Whether a check that counted `verdicts` knows of every file what is stored for it; of none: no."""
    unsure = verdicts.get(Verdict.ERROR, 0) + verdicts.get(Verdict.NOT_CHECKED, 0)
    return sum(verdicts.values()) > 0 and not unsure


def integrity_after(before: IntegrityState, verdicts: Mapping[Verdict, int]) -> IntegrityState:
    """What is known after a check. Only bytes that were all read and matched make a package ok (again)."""
    if verdicts.get(Verdict.BAD) or verdicts.get(Verdict.MISSING):
        return IntegrityState.CORRUPT
    if is_settled(verdicts):
        return IntegrityState.OK
    if before is IntegrityState.CORRUPT:
        return before
    return IntegrityState.ERROR if verdicts.get(Verdict.ERROR) else IntegrityState.NOT_CHECKED


def is_alarming(state: IntegrityState) -> bool:
    """Whether somebody must look at the package."""
    return state in (IntegrityState.CORRUPT, IntegrityState.ERROR)


VERDICT_PAGE_FILES = 200

VERDICT_PAGE_BYTES = 256 * 1024 * 1024  # what is checked again when a worker dies

MAX_REHASH_BYTES = 4 * 1024 * 1024 * 1024  # what a worker surely reads within its time


class Check(NamedTuple):
    """A check of a package's files, and the operation that works on it now: it may go over several."""

    id: str
    operation_id: str


class KeptPage(NamedTuple):
    """Verdicts that are kept together, by path, and the operation that found them."""

    found_by: str
    verdicts: list[FileVerdict]


def all_verdicts(pages: Iterable[KeptPage]) -> list[FileVerdict]:
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
