"""Verdicts on files, pages of verdicts, and the result of a check; pure (docs/concepts/integrity.md).

Each file has one of five verdicts: `ok`, `bad`, `missing`, `error`, `not_checked`. The `integrity` of a
package follows from the verdicts on all of its files. It is `ok` only when every file was read and
matched. It becomes `corrupt` when a file is bad or missing, and stays so until a check finds every file ok.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chalicelib.packages.models.file import FileEntry
from holdfast.api.operations import MAX_FAILURES, Counter, Failure, Outcome, Result
from holdfast.api.verifications import FileVerdict, IntegrityState, Verdict


def is_settled(verdicts: Mapping[Verdict, int]) -> bool:
    """Return whether a check came to a sure verdict on every file; False when it counted no file."""
    unsure = verdicts.get(Verdict.ERROR, 0) + verdicts.get(Verdict.NOT_CHECKED, 0)
    return sum(verdicts.values()) > 0 and not unsure


def integrity_after(before: IntegrityState, verdicts: Mapping[Verdict, int]) -> IntegrityState:
    """Return the integrity of a package after a check that counted `verdicts`.

    Only a check that read every file and found each of them right makes a package `ok`.
    """
    if verdicts.get(Verdict.BAD) or verdicts.get(Verdict.MISSING):
        return IntegrityState.CORRUPT
    if is_settled(verdicts):
        return IntegrityState.OK
    if before is IntegrityState.CORRUPT:
        return before
    return IntegrityState.ERROR if verdicts.get(Verdict.ERROR) else IntegrityState.NOT_CHECKED


def is_alarming(state: IntegrityState) -> bool:
    """Return whether a package of this integrity is an alarm."""
    return state in (IntegrityState.CORRUPT, IntegrityState.ERROR)


VERDICT_PAGE_FILES = 200
VERDICT_PAGE_BYTES = 256 * 1024 * 1024  # at most so much is read again when a worker dies
MAX_REHASH_BYTES = 4 * 1024 * 1024 * 1024  # every worker can read so much within its time


class Check(NamedTuple):
    """A check of a package's files, and the operation that works on it now. A check may need several."""

    id: str
    operation_id: str


class KeptPage(NamedTuple):
    """Verdicts in one item of the table, by path, and the operation that found them."""

    found_by: str
    verdicts: list[FileVerdict]


def all_verdicts(pages: Iterable[KeptPage]) -> list[FileVerdict]:
    """Return the verdicts of all `pages`, in their order."""
    return [verdict for page in pages for verdict in page.verdicts]


def bytes_to_read(entry: FileEntry) -> int:
    """Return the bytes that a check of the file reads: its size, or 0 when it is over MAX_REHASH_BYTES."""
    return entry.size if entry.size <= MAX_REHASH_BYTES else 0


def next_page(entries: Sequence[FileEntry]) -> Sequence[FileEntry]:
    """Return the first of `entries`, as many as one page of verdicts holds; at least one if there is any."""
    size = 0
    for count, entry in enumerate(entries[:VERDICT_PAGE_FILES]):
        size += bytes_to_read(entry)
        if count and size > VERDICT_PAGE_BYTES:
            return entries[:count]
    return entries[:VERDICT_PAGE_FILES]


def result_of(verdicts: Iterable[FileVerdict]) -> Result:
    """Return the result of a verification: succeeded only when there are files and every one is ok."""
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
