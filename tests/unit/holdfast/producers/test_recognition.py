from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.producers.recognition import Recognised, recognise
from holdfast.producers.tree import Tree
from holdfast.transfer.walk import walk

Make = Callable[[dict[str, bytes]], Path]
JUNIT = b'<testsuite tests="7" failures="0" errors="0" skipped="0" time="1"/>'
COVERAGE = b'<coverage line-rate="0.5"/>'
CYCLONEDX = b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}'
SPDX = b'{"spdxVersion": "SPDX-2.3"}'


def recognised(make_directory: Make, files: dict[str, bytes], kind: str | None = None) -> Recognised:
    return recognise(Tree(walk(make_directory(files)).files), kind)


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"a.xml": JUNIT}, "junit"),
        ({"a.xml": JUNIT, "b.xml": JUNIT}, "junit"),
        ({"a.xml": COVERAGE}, "coverage"),
        ({"a.json": CYCLONEDX, "b.json": SPDX}, "sbom"),
        ({"a.xml": JUNIT, "b.xml": COVERAGE}, "reports"),
        ({"a.txt": JUNIT}, None),
    ],
)
def test_the_kind_is_that_of_the_reports(
    make_directory: Make, files: dict[str, bytes], kind: str | None
) -> None:
    found = recognised(make_directory, files)
    assert (found.kind, found.producer, found.name, list(found.warnings)) == (kind, None, None, [])


def test_a_kind_that_is_given_stays_and_reports_are_read_all_the_same(make_directory: Make) -> None:
    found = recognised(make_directory, {"a.xml": JUNIT, "b.json": SPDX}, "nightly")
    assert (found.kind, list(found.metadata)) == ("nightly", ["junit", "spdx"])
    assert [told.adapter for told in found.recognitions] == ["junit", "spdx"]


@pytest.mark.parametrize(
    ("kind", "title"),
    [("junit", "JUnit XML"), ("sarif", "SARIF"), ("sbom", "CycloneDX or SPDX"), ("coverage", "coverage XML")],
)
def test_a_kind_whose_report_is_missing_is_a_warning(make_directory: Make, kind: str, title: str) -> None:
    found = recognised(make_directory, {"a.txt": b""}, kind)
    told = [f"the directory was named {kind}, but has no readable {title}"]
    assert (found.warnings, found.metadata) == (told, {"warnings": told})


def test_reports_in_a_run_of_guide_board_are_read_as_well(make_directory: Make) -> None:
    found = recognised(make_directory, {"run.json": b'{"run_id": "r"}', "raw/unit.xml": JUNIT})
    assert (found.kind, found.producer, found.name) == ("guide-board-run", "guide-board", "r")
    assert [told.title for told in found.recognitions] == ["guide-board", "JUnit XML"]
    assert list(found.metadata) == ["guide_board", "junit", "warnings"]
