"""The formats of reports. A new format is a module with `owns`, `reads` and `totals`, and an entry here."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from holdfast.producers import coverage, cyclonedx, junit, sarif, spdx
from holdfast.producers.report import Document

Entry = dict[str, Any]


class Format(NamedTuple):
    """A format: its key under `metadata`, its name for people, the package kind, and its functions.

    A file is a suspect when its name fits one of `names`, or when its first and last bytes have all marks of
    one entry of `marks`.
    """

    key: str
    title: str
    kind: str
    suffixes: tuple[str, ...]
    names: tuple[str, ...]
    marks: tuple[tuple[bytes, ...], ...]
    owns: Callable[[Document], bool]
    reads: Callable[[Document], Entry]
    totals: Callable[[list[Entry]], Entry]

    def named(self, path: str) -> bool:
        """Return whether the name of the file claims the format."""
        return any(fnmatchcase(path.rpartition("/")[2], name) for name in self.names)

    def suspects(self, path: str, ends: bytes) -> bool:
        """Return whether the file may be of the format. `ends` are its first and last bytes."""
        if not path.lower().endswith(self.suffixes):
            return False
        return self.named(path) or any(all(mark in ends for mark in marks) for marks in self.marks)


FORMATS = (
    Format(
        key="junit",
        title="JUnit XML",
        kind="junit",
        suffixes=(".xml",),
        names=("junit*.xml", "*junit.xml", "TEST-*.xml"),
        marks=((b"<testsuite",),),
        owns=junit.owns,
        reads=junit.reads,
        totals=junit.totals,
    ),
    Format(
        key="sarif",
        title="SARIF",
        kind="sarif",
        suffixes=(".sarif", ".json"),
        names=("*.sarif", "*.sarif.json"),
        marks=((b'"runs"', b'"2.1.0"'), (b'"runs"', b"sarif")),
        owns=sarif.owns,
        reads=sarif.reads,
        totals=sarif.totals,
    ),
    Format(
        key="cyclonedx",
        title="CycloneDX",
        kind="sbom",
        suffixes=(".json",),
        names=("*.cdx.json", "bom.json"),
        marks=((b'"bomFormat"',),),
        owns=cyclonedx.owns,
        reads=cyclonedx.reads,
        totals=cyclonedx.totals,
    ),
    Format(
        key="spdx",
        title="SPDX",
        kind="sbom",
        suffixes=(".json",),
        names=("*.spdx.json",),
        marks=((b'"spdxVersion"',), (b"spdx.org/rdf/3",)),
        owns=spdx.owns,
        reads=spdx.reads,
        totals=spdx.totals,
    ),
    Format(
        key="coverage",
        title="coverage XML",
        kind="coverage",
        suffixes=(".xml",),
        names=("coverage*.xml", "cobertura*.xml"),
        marks=((b"<coverage",),),
        owns=coverage.owns,
        reads=coverage.reads,
        totals=coverage.totals,
    ),
)
