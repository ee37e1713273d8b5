"""The result of a check of a package: a verdict for each file, the manifest, and the package."""

from collections import Counter
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """`bad`: the bytes differ from the manifest. `missing`: there are no bytes. `error`: the check failed."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"


class FileCheck(NamedTuple):
    """The verdict on one file of the manifest, with the reason when the verdict is not `ok`."""

    path: str
    verdict: Verdict
    reason: str = ""


class Verification(NamedTuple):
    """The verdicts on a package. `source` is `storage` or the compared directory.

    `extra` lists files of the directory that the manifest does not have.
    """

    package_id: str
    source: str
    manifest_digest: str
    manifest: Verdict
    files: list[FileCheck]
    extra: list[str]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the package: `bad` for any difference, `error` when a check failed, else `ok`.

        A check without any file is `error`, not `ok` (docs/concepts/integrity.md).
        """
        found = {self.manifest, *(check.verdict for check in self.files)}
        if found & {Verdict.BAD, Verdict.MISSING} or self.extra:
            return Verdict.BAD
        return Verdict.OK if self.files and found == {Verdict.OK} else Verdict.ERROR

    @property
    def counts(self) -> dict[str, int]:
        """The number of files with each verdict."""
        counted = Counter(check.verdict for check in self.files)
        return {verdict.value: counted[verdict] for verdict in Verdict}


def compare(path: str, *, expected: tuple[str, int], found: tuple[str, int]) -> FileCheck:
    """Return the verdict on a file: `expected` and `found` are its (sha256, size) in the manifest and now."""
    if expected == found:
        return FileCheck(path, Verdict.OK)
    what = "size" if expected[1] != found[1] else "sha256"
    index = 1 if what == "size" else 0
    return FileCheck(path, Verdict.BAD, f"{what} is {found[index]}, but {expected[index]} in the manifest")
