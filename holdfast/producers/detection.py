"""Detection of reports in a directory."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from holdfast.api.messages import quantity
from holdfast.producers.documents import MAX_REPORT_BYTES, UnreadableReport, json_object, xml_root
from holdfast.producers.formats import FORMATS, Entry, Format
from holdfast.producers.report import Document
from holdfast.producers.tree import Tree

XML = ".xml"
SUFFIXES = tuple({suffix for form in FORMATS for suffix in form.suffixes})
MAX_CANDIDATES = 10_000
MAX_READ_BYTES = 32 * 1024 * 1024

Warn = Callable[[str, str], None]


class Report(NamedTuple):
    """A report that was read: its format, and its entry for the metadata, which begins with `path`."""

    format: Format
    entry: Entry


class Suspect(NamedTuple):
    """A file that may be a report of these formats."""

    path: str
    formats: list[Format]


def reports(tree: Tree, warn: Warn) -> Iterator[Report]:
    """Yield all reports in `tree`, sorted by path. Call `warn` for each report that cannot be used.

    At most MAX_CANDIDATES files are considered, and suspects of at most MAX_READ_BYTES in all are read.
    `warn` also reports the files over these limits.
    """
    read, left = 0, 0
    for suspect in _suspects(tree, warn):
        read += _cost(tree, suspect)
        report = _report(tree, suspect, warn) if read <= MAX_READ_BYTES else None
        left += read > MAX_READ_BYTES
        if report:
            yield report
    if left:
        more = quantity(left, "more file")
        limit = f"at most {MAX_READ_BYTES} bytes are read in all"
        warn("the directory", f"has {more}, not searched for reports: {limit}")


def _cost(tree: Tree, suspect: Suspect) -> int:
    size = tree.size(suspect.path)
    return size if size <= MAX_REPORT_BYTES else 0


def _suspects(tree: Tree, warn: Warn) -> Iterator[Suspect]:
    candidates = [path for path in tree.paths() if path.lower().endswith(SUFFIXES)]
    for path in candidates[:MAX_CANDIDATES]:
        formats = _suspected(tree, path, warn)
        if formats:
            yield Suspect(path, formats)
    if len(candidates) > MAX_CANDIDATES:
        kept = f"only the first {MAX_CANDIDATES} were searched for reports"
        warn("the directory", f"has {len(candidates)} XML and JSON files; {kept}")


def _suspected(tree: Tree, path: str, warn: Warn) -> list[Format]:
    try:
        # without the zero bytes of UTF-16 and UTF-32, the ASCII marks are found in them too
        ends = tree.ends(path).replace(b"\x00", b"")
    except UnreadableReport as problem:
        warn(path, str(problem))
        return []
    return [form for form in FORMATS if form.suspects(path, ends)]


def _report(tree: Tree, suspect: Suspect, warn: Warn) -> Report | None:
    titles = " or ".join(form.title for form in suspect.formats)
    try:
        document = _document(suspect.path, tree.read(suspect.path))
        form = next((form for form in suspect.formats if form.owns(document)), None)
        entry = form.reads(document) if form else {}
    except UnreadableReport as problem:
        warn(suspect.path, f"{problem}; it looked like {titles}")
        return None
    for problem_found in document.warnings:
        warn(suspect.path, problem_found)
    if form is None:
        _say_misnamed(suspect, warn)
        return None
    return Report(form, {"path": suspect.path, **entry})


def _document(path: str, body: bytes) -> Document:
    if path.lower().endswith(XML):
        return Document(path, body, xml_root(body), {}, [])
    return Document(path, body, None, json_object(body), [])


def _say_misnamed(suspect: Suspect, warn: Warn) -> None:
    named = [form.title for form in suspect.formats if form.named(suspect.path)]
    if named:
        warn(suspect.path, f"has a name of {' or '.join(named)}, but other content")
