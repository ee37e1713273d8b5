"""Producer adapters: each reads the reports that it knows, and adds to the package's metadata.

There are two kinds of adapters. One reads the whole directory of a producer (guide-board). The others
read reports of a format anywhere in a directory, from any tool. Both kinds may apply to one directory. An
adapter never makes an ingest fail: a report that it cannot read becomes a warning, which is printed and
kept under `metadata.warnings`.
"""

from typing import Any, NamedTuple

from holdfast.producers import guide_board
from holdfast.producers.detection import reports
from holdfast.producers.findings import Findings
from holdfast.producers.formats import FORMATS, Format
from holdfast.producers.metadata import Kept
from holdfast.producers.sections import sections, summary
from holdfast.producers.tree import Tree

MIXED = "reports"


class Recognition(NamedTuple):
    """The recognition of one adapter: its name, its name for people, and a summary of one line."""

    adapter: str
    title: str
    summary: str


class Recognised(NamedTuple):
    """The findings about a directory before its ingest. Empty when no adapter recognises it."""

    recognitions: list[Recognition] = []  # noqa: RUF012  never written to
    kind: str | None = None
    producer: str | None = None
    name: str | None = None
    metadata: dict[str, Any] = {}  # noqa: RUF012  never written to
    warnings: list[str] = []  # noqa: RUF012  never written to


def recognise(tree: Tree, kind: str | None) -> Recognised:
    """Return the findings of all adapters about the directory. `kind` is the kind that the caller named.

    Without `kind`, a directory that guide_board detects is a guide-board run. Any other directory has the
    kind of its reports, or the kind `reports` when they are of several kinds.
    """
    if kind == guide_board.KIND or (kind is None and guide_board.detects(tree)):
        return _run(tree)
    return _recognised(tree, Findings(), Kept(), kind)


def _run(tree: Tree) -> Recognised:
    kept, findings = Kept(), guide_board.reads(tree)
    kept.add(guide_board.KEY, findings.metadata)
    found = _recognised(tree, findings, kept, guide_board.KIND)
    run = Recognition(guide_board.NAME, guide_board.NAME, guide_board.summary(findings.metadata))
    return found._replace(
        recognitions=[run, *found.recognitions], producer=guide_board.NAME, name=findings.name
    )


def _recognised(tree: Tree, findings: Findings, kept: Kept, kind: str | None) -> Recognised:
    found = sections(reports(tree, findings.warn), findings.warn)
    for form, section in found:
        kept.add(form.key, section)
    formats = [form for form, _ in found]
    _say_missing(findings, formats, kind)
    metadata, warnings = kept.metadata(findings.warnings)
    recognitions = [Recognition(form.key, form.title, summary(section)) for form, section in found]
    return Recognised(recognitions, kind or _kind(formats), metadata=metadata, warnings=warnings)


def _say_missing(findings: Findings, formats: list[Format], kind: str | None) -> None:
    titles = [form.title for form in FORMATS if form.kind == kind]
    if titles and kind not in {form.kind for form in formats}:
        findings.warn("the directory", f"was named {kind}, but has no readable {' or '.join(titles)}")


def _kind(formats: list[Format]) -> str | None:
    kinds = {form.kind for form in formats}
    return next(iter(kinds), None) if len(kinds) < 2 else MIXED  # noqa: PLR2004  one kind or several
