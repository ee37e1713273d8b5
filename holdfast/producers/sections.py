"""Sections of the metadata: the sum of all reports of one format, under `metadata.<format>`."""

from collections.abc import Iterable
from typing import Any

from holdfast.api.messages import quantity
from holdfast.producers.detection import Report, Warn
from holdfast.producers.findings import MAX_ENTRIES
from holdfast.producers.formats import FORMATS, Entry, Format


def sections(reports: Iterable[Report], warn: Warn) -> list[tuple[Format, dict[str, Any]]]:
    """Return a section for each format in `reports`.

    A section has `report_count`, `totals`, and up to MAX_ENTRIES `reports`.
    """
    entries_by_key: dict[str, list[Entry]] = {}
    for report in reports:
        entries_by_key.setdefault(report.format.key, []).append(report.entry)
    return [
        (form, _section(form, entries_by_key[form.key], warn))
        for form in FORMATS
        if form.key in entries_by_key
    ]


def summary(section: dict[str, Any]) -> str:
    """Return the section in one line, such as `2 reports: tests 120, failures 3`."""
    count = section["report_count"]
    only = section["reports"][0] if count == 1 and not section["totals"] else {}
    numbers = section["totals"] or {name: value for name, value in only.items() if not isinstance(value, str)}
    shown = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in numbers.items())
    return f"{quantity(count, 'report')}{': ' if shown else ''}{shown}"


def _section(form: Format, entries: list[Entry], warn: Warn) -> dict[str, Any]:
    if len(entries) > MAX_ENTRIES:
        warn(
            "the directory",
            f"has {len(entries)} {form.title} reports; all are counted, {MAX_ENTRIES} are listed",
        )
    return {
        "report_count": len(entries),
        "totals": form.totals(entries),
        "reports": entries[:MAX_ENTRIES],
    }
