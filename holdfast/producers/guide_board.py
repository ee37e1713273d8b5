"""Runs of guide-board, such as a CMIS assessment with the OpenCMIS TCK.

docs/reference/producers.md lists the fields that are read.
"""

from typing import Any

from holdfast.producers.findings import MAX_ENTRIES, Findings, is_text
from holdfast.producers.tree import Tree

NAME = "guide-board"
KIND = "guide-board-run"
KEY = "guide_board"
RUN = "run.json"
RETENTION = "retention-summary.json"
ASSESSMENT = "assessment-package/"
USUAL_REPORTS = {
    "scorecard": ["reports/scorecard.json", "reports/scorecard.md"],
    "log_review": ["reports/log-review.json", "reports/log-review.md"],
}
# the reports that have the counts when run.json does not
COUNTS = {
    "evidence_result_counts": "reports/scorecard.json",
    "finding_counts": "reports/log-review.json",
}


def detects(tree: Tree) -> bool:
    """Return whether the directory is a guide-board run: it has a run.json at its root."""
    return RUN in tree


def reads(tree: Tree) -> Findings:
    """Return the findings about the run, for `metadata.guide_board`. Never raises because of a report."""
    findings = Findings()
    run = findings.report(tree, RUN)
    if run is not None:
        _read_run(findings, run)
    _read_counts(findings, tree, run or {})
    findings.metadata["report_paths"] = _report_paths(findings, tree, run or {})
    retention = findings.report(tree, RETENTION)
    if retention is not None:
        findings.metadata["retention_summary"] = findings.copied(retention, RETENTION)
    return findings


def summary(section: dict[str, Any]) -> str:
    """Return the run in one line, such as `run gb-7: results 34, findings 5`."""
    fields = {"results": "evidence_result_counts", "findings": "finding_counts"}
    counts = [
        f"{name} {sum(section[field].values())}" for name, field in fields.items() if section.get(field)
    ]
    return f"run {section.get('run_id', 'without an id')}{': ' if counts else ''}{', '.join(counts)}"


def _read_run(findings: Findings, run: dict[str, Any]) -> None:
    findings.name = findings.text(run, "run_id", RUN)
    found = {
        "run_id": findings.name,
        "target_profile": _profile(findings, run, "target_profile"),
        "assessment_profile": _profile(findings, run, "assessment_profile"),
        "source_commits": _commits(findings, run),
    }
    findings.metadata.update({field: value for field, value in found.items() if value})


def _profile(findings: Findings, run: dict[str, Any], field: str) -> str | None:
    value = run.get(field)
    return findings.text({field: value.get("id")} if isinstance(value, dict) else run, field, RUN)


def _commits(findings: Findings, run: dict[str, Any]) -> dict[str, str]:
    value = run.get("source_commits")
    entries = value.items() if isinstance(value, dict) else []
    if 0 < len(entries) <= MAX_ENTRIES and all(is_text(name) and is_text(commit) for name, commit in entries):
        return dict(entries)
    findings.warn(RUN, "has no usable `source_commits` (an object of commits by source)")
    return {}


def _read_counts(findings: Findings, tree: Tree, run: dict[str, Any]) -> None:
    for field, path in COUNTS.items():
        report = findings.report(tree, path)
        if report is not None:
            _check_agreement(findings, run, report, (path, field))
        if field in run:
            findings.metadata[field] = findings.counts(run, field, RUN)
        elif report is not None:
            findings.metadata[field] = findings.counts(report, field, path)


def _check_agreement(
    findings: Findings, run: dict[str, Any], report: dict[str, Any], place: tuple[str, str]
) -> None:
    path, counts = place
    for field in ("run_id", counts):
        if field in run and field in report and run[field] != report[field]:
            findings.warn(path, f"has another `{field}` than {RUN}")


def _report_paths(findings: Findings, tree: Tree, run: dict[str, Any]) -> dict[str, list[str]]:
    paths = {name: [path for path in usual if path in tree] for name, usual in USUAL_REPORTS.items()}
    for path in (path for usual in USUAL_REPORTS.values() for path in usual):
        if path not in tree and path not in COUNTS.values():
            findings.warn(path, "is missing")
    paths["assessment_package"] = _assessment_package(findings, tree)
    for name, path in _named_reports(findings, run).items():
        if path not in tree and not tree.paths(f"{path.rstrip('/')}/"):
            findings.warn(RUN, f"names the report {path!r}, which is missing")
        elif path not in paths.setdefault(name, []):
            paths[name].append(path)
    return {name: found for name, found in paths.items() if found}


def _assessment_package(findings: Findings, tree: Tree) -> list[str]:
    documents = [path for path in tree.paths(ASSESSMENT) if path.endswith(".json")]
    if not documents:
        findings.warn(ASSESSMENT, "is missing or has no JSON document")
    if len(documents) > MAX_ENTRIES:
        findings.warn(ASSESSMENT, f"has {len(documents)} JSON documents; {MAX_ENTRIES} are listed")
    return [path for path in documents[:MAX_ENTRIES] if findings.report(tree, path) is not None]


def _named_reports(findings: Findings, run: dict[str, Any]) -> dict[str, str]:
    value = run.get("report_paths", {})
    entries = value.items() if isinstance(value, dict) else []
    usable = {name: path for name, path in entries if is_text(name) and is_text(path)}
    if not isinstance(value, dict) or len(usable) != len(value) or len(value) > MAX_ENTRIES:
        findings.warn(RUN, "has no usable `report_paths` (an object of paths by report)")
        return {}
    return usable
