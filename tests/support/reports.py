"""How the tests of formats have a directory of reports read."""

from pathlib import Path
from typing import Any, NamedTuple

from holdfast.producers.detection import reports
from holdfast.producers.findings import Findings
from holdfast.producers.tree import Tree
from holdfast.transfer.walk import walk


class Told(NamedTuple):
    """What the reports of a directory tell, each with its format, and the warnings."""

    entries: list[tuple[str, dict[str, Any]]]
    warnings: list[str]

    @property
    def only(self) -> dict[str, Any]:
        """What the only report tells."""
        [(_, entry)] = self.entries
        return entry


def recognised(root: Path, files: dict[str, bytes] | None = None) -> Told:
    """What detection says of `root`, after `files` are written into it."""
    for path, body in (files or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(body)
    findings = Findings()
    found = [(report.format.key, report.entry) for report in reports(Tree(walk(root).files), findings.warn)]
    return Told(found, findings.warnings)
