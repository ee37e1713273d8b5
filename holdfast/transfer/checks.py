"""What a check of a package found: one verdict a file, one for the manifest, one for the whole."""

from collections import Counter
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """`bad`: other bytes than sealed; `missing`: no bytes; `error`: nobody can say for now."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"


class FileCheck(NamedTuple):
    """The verdict on one file of the manifest, and why it is not `ok`."""

    path: str
    verdict: Verdict
    reason: str = ""


class Verification(NamedTuple):
    """The verdicts on a package; `source` is `storage` or the directory that was compared.

    `extra` are files of the directory that the manifest does not have.
    """

    package_id: str
    source: str
    manifest_digest: str
    manifest: Verdict
    files: list[FileCheck]
    extra: list[str]

    @property
    def verdict(self) -> Verdict:
        """`bad` when anything differs from what was sealed, `error` when something could not be checked.

        Where nothing was checked, nothing is ok (docs/concepts/integrity.md).
        """
        found = {self.manifest, *(check.verdict for check in self.files)}
        if found & {Verdict.BAD, Verdict.MISSING} or self.extra:
            return Verdict.BAD
        return Verdict.OK if self.files and found == {Verdict.OK} else Verdict.ERROR

    @property
    def counts(self) -> dict[str, int]:
        """How many files have each verdict."""
        counted = Counter(check.verdict for check in self.files)
        return {verdict.value: counted[verdict] for verdict in Verdict}


def compare(path: str, *, sealed: tuple[str, int], found: tuple[str, int]) -> FileCheck:
    """The verdict on a file whose (sha256, size) was `sealed` and is `found`."""
    if sealed == found:
        return FileCheck(path, Verdict.OK)
    what = "size" if sealed[1] != found[1] else "sha256"
    index = 1 if what == "size" else 0
    return FileCheck(path, Verdict.BAD, f"{what} is {found[index]}, sealed as {sealed[index]}")
