import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.api.packages import MAX_METADATA_BYTES, Create
from holdfast.producers.guide_board import reads
from holdfast.producers.metadata import MAX_WARNINGS
from holdfast.producers.recognition import Recognised, recognise
from holdfast.producers.tree import Tree
from holdfast.transfer.walk import walk

Make = Callable[[dict[str, bytes]], Path]
SAMPLE = Path(__file__).parents[4] / "examples" / "guide-board-cmis-run"
RUN = {
    "run_id": "run-7",
    "target_profile": "browser",
    "assessment_profile": {"id": "cmis-1.1"},
    "source_commits": {"tck": "abc"},
    "evidence_result_counts": {"passed": 3},
    "finding_counts": {"major": 1},
}
COMPLETE = {
    "run.json": RUN,
    "retention-summary.json": {"policy": "pilot"},
    "reports/scorecard.json": {},
    "reports/scorecard.md": {},
    "reports/log-review.json": {},
    "reports/log-review.md": {},
    "assessment-package/package.json": {},
}


def tree(make_directory: Make, reports: dict[str, Any]) -> Tree:
    return Tree(
        walk(make_directory({path: json.dumps(value).encode() for path, value in reports.items()})).files
    )


def recognised(make_directory: Make, **changes: Any) -> Recognised:
    run = {field: value for field, value in {**RUN, **changes}.items() if value is not None}
    return recognise(tree(make_directory, {**COMPLETE, "run.json": run}), None)


def test_the_sample_run_is_understood_without_a_warning() -> None:
    found = recognise(Tree(walk(SAMPLE).files), None)
    told = found.metadata["guide_board"]
    assert [told.summary for told in found.recognitions] == [f"run {found.name}: results 34, findings 5"]
    assert (found.kind, found.producer, found.warnings) == ("guide-board-run", "guide-board", [])
    assert found.name == told["run_id"] == "gb-2026-03-14-cmis-browser-0007"
    assert told["target_profile"] == "content-repository-23.2-browser"
    assert told["assessment_profile"] == "cmis-1.1-full"
    assert told["evidence_result_counts"]["failed"] == 3
    assert told["finding_counts"]["major"] == 2
    assert len(told["source_commits"]) == 3
    assert told["report_paths"]["scorecard"] == ["reports/scorecard.json", "reports/scorecard.md"]
    assert len(told["report_paths"]["assessment_package"]) == 5
    assert told["retention_summary"]["policy"] == "cmis-pilot"


def test_the_sample_run_agrees_with_itself() -> None:
    evidence = json.loads((SAMPLE / "assessment-package/evidence-index.json").read_text())["evidence"]
    counts = json.loads((SAMPLE / "run.json").read_text())["evidence_result_counts"]
    assert sum(counts.values()) == len(evidence)
    assert {entry["raw"] for entry in evidence} <= {file.path for file in walk(SAMPLE).files}


def test_a_run_is_detected_by_its_run_json_or_named_by_its_kind(make_directory: Make) -> None:
    found = tree(make_directory, {"a.json": {}})
    assert recognise(found, None) == Recognised()
    assert recognise(found, "nightly") == Recognised(kind="nightly")
    assert "run.json is missing" in recognise(found, "guide-board-run").warnings


def test_a_run_json_does_not_make_another_kind_a_guide_board_run(make_directory: Make) -> None:
    assert recognise(tree(make_directory, COMPLETE), "nightly") == Recognised(kind="nightly")


def test_counts_come_from_the_reports_when_the_run_has_none(make_directory: Make) -> None:
    run = {**RUN}
    del run["evidence_result_counts"], run["finding_counts"]
    reports = {
        **COMPLETE,
        "run.json": run,
        "reports/scorecard.json": {"evidence_result_counts": {"passed": 9}},
        "reports/log-review.json": {"finding_counts": {"minor": 4}},
    }
    told = recognise(tree(make_directory, reports), None).metadata["guide_board"]
    assert (told["evidence_result_counts"], told["finding_counts"]) == ({"passed": 9}, {"minor": 4})


@pytest.mark.parametrize("path", ["reports/scorecard.md", "reports/log-review.md"])
def test_a_report_for_people_that_is_missing_is_a_warning(make_directory: Make, path: str) -> None:
    without = {name: value for name, value in COMPLETE.items() if name != path}
    assert recognise(tree(make_directory, without), None).warnings == [f"{path} is missing"]


@pytest.mark.parametrize("path", [path for path in COMPLETE if path.endswith(".json")])
def test_a_report_that_is_missing_or_broken_is_a_warning_that_is_kept(
    make_directory: Make, path: str
) -> None:
    root = make_directory({name: json.dumps(value).encode() for name, value in COMPLETE.items()})
    (root / path).write_bytes(b"{broken")
    found = recognise(Tree(walk(root).files), None)
    assert any(warning.startswith(f"{path} is not JSON") for warning in found.warnings)
    assert found.metadata["warnings"] == found.warnings
    (root / path).unlink()
    assert any(
        path.rpartition("/")[0] in warning
        for warning in recognise(Tree(walk(root).files), "guide-board-run").warnings
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": 7},
        {"run_id": ""},
        {"run_id": "x" * 201},
        {"run_id": "\ud800"},
        {"target_profile": {"id": []}},
        {"assessment_profile": None},
        {"source_commits": ["abc"]},
        {"source_commits": {"tck": 7}},
        {"evidence_result_counts": {"passed": -1}},
        {"evidence_result_counts": {"passed": True}},
        {"evidence_result_counts": {"passed": 2**60}},
        {"finding_counts": {str(n): 1 for n in range(51)}},
        {"report_paths": ["a"]},
        {"report_paths": {"other": "reports/other.json"}},
    ],
)
def test_a_field_of_the_wrong_shape_is_one_warning_and_no_failure(
    make_directory: Make, changes: dict[str, Any]
) -> None:
    found = recognised(make_directory, **changes)
    assert len(found.warnings) == 1
    assert next(iter(changes)).removesuffix("s") in found.warnings[0].replace(
        "names the report", "report_path"
    )


@pytest.mark.parametrize(
    ("path", "report", "field"),
    [
        ("reports/scorecard.json", {"run_id": "run-8"}, "run_id"),
        ("reports/scorecard.json", {"evidence_result_counts": {"passed": 4}}, "evidence_result_counts"),
        ("reports/log-review.json", {"finding_counts": {}}, "finding_counts"),
    ],
)
def test_a_report_that_contradicts_the_run_is_a_warning(
    make_directory: Make, path: str, report: dict[str, Any], field: str
) -> None:
    found = recognise(tree(make_directory, {**COMPLETE, path: report}), None)
    assert found.warnings == [f"{path} has another `{field}` than run.json"]


def test_reports_that_the_run_names_are_listed(make_directory: Make) -> None:
    found = recognised(
        make_directory, report_paths={"scorecard": "reports/scorecard.md", "pack": "assessment-package"}
    )
    assert found.warnings == []
    assert found.metadata["guide_board"]["report_paths"]["pack"] == ["assessment-package"]


@pytest.mark.parametrize(
    "summary", [{"a": "x" * 9000}, {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}}, {"a": 2**60}]
)
def test_a_retention_summary_that_is_too_much_is_a_warning(
    make_directory: Make, summary: dict[str, Any]
) -> None:
    found = recognise(tree(make_directory, {**COMPLETE, "retention-summary.json": summary}), None)
    assert found.metadata["guide_board"]["retention_summary"] == {}
    assert len(found.warnings) == 1


def test_a_run_that_tells_too_much_is_cut_to_the_limit(make_directory: Make) -> None:
    long = "\N{GRINNING FACE}" * 190  # four bytes each
    found = recognised(
        make_directory,
        source_commits={f"{long}{n}": long for n in range(50)},
        evidence_result_counts={f"{long}{n}": 1 for n in range(50)},
        report_paths={f"{long}{n}": long for n in range(50)},
    )
    assert len(rfc8785.dumps(found.metadata)) <= MAX_METADATA_BYTES
    assert "guide_board" not in found.metadata
    assert "left out" in found.metadata["warnings"][0]


def test_warnings_are_bounded(make_directory: Make) -> None:
    reports: dict[str, Any] = {f"assessment-package/{n}.json": [] for n in range(300)}
    found = recognise(tree(make_directory, {"run.json": RUN, **reports}), None)
    assert len(found.warnings) == MAX_WARNINGS


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from([*RUN, "report_paths", "id"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(fields, anything, max_size=7))
def test_whatever_a_run_says_the_service_takes_the_metadata(tmp_path: Path, run: dict[str, Any]) -> None:
    (tmp_path / "run.json").write_text(json.dumps(run))
    found = reads(Tree(walk(tmp_path).files))
    Create(producer="p", kind="k", name=found.name or "n", metadata={"guide_board": found.metadata})
