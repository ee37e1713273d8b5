from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.producers.detection import MAX_CANDIDATES, MAX_READ_BYTES, reports
from holdfast.producers.documents import MAX_REPORT_BYTES
from holdfast.producers.findings import Findings
from holdfast.producers.tree import Tree
from holdfast.transfer.walk import walk
from tests.support.reports import recognised

JUNIT = b'<testsuite tests="7" failures="0" errors="0" skipped="0" time="1"/>'
CYCLONEDX = b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}'
SARIF = b'{"version": "2.1.0", "runs": []}'


def test_reports_are_found_by_what_they_hold_anywhere_in_the_directory(tmp_path: Path) -> None:
    files = {"b/deep/x.xml": JUNIT, "a.json": CYCLONEDX, "c.SARIF": SARIF, "d.json": SARIF, "e.txt": JUNIT}
    assert [(key, entry["path"]) for key, entry in recognised(tmp_path, files).entries] == [
        ("cyclonedx", "a.json"),
        ("junit", "b/deep/x.xml"),
        ("sarif", "c.SARIF"),
        ("sarif", "d.json"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_reports_are_found_in_the_encodings_that_windows_writes(tmp_path: Path, encoding: str) -> None:
    files = {"a.xml": JUNIT, "b.json": CYCLONEDX, "c.json": SARIF}
    recoded = {path: body.decode().encode(encoding) for path, body in files.items()}
    assert [key for key, _ in recognised(tmp_path, recoded).entries] == ["junit", "cyclonedx", "sarif"]


def test_a_mark_at_the_end_of_a_large_file_is_seen(tmp_path: Path) -> None:
    padded = b'{"x": "' + b" " * 1_000_000 + b'", ' + CYCLONEDX[1:]
    assert recognised(tmp_path, {"a.json": padded}).only["spec_version"] == "1.6"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("a.xml", b"<notes><testsuites/></notes>"),
        ("a.xml", b"<broken"),
        ("a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        ("a.json", b'{"notes": {"bomFormat": "CycloneDX"}}'),
        ("a.json", b'{"version": "2.1.0", "runs_of": []}'),
        ("a.json", b'{"spdx": "spdxVersion"}'),
        ("a.json", b"NaN"),
        ("a.json", b""),
        ("junit.txt", b""),
        ("test-data.xml", b"<data/>"),
    ],
)
def test_a_file_that_is_no_report_is_left_alone(tmp_path: Path, path: str, body: bytes) -> None:
    assert recognised(tmp_path, {path: body}) == ([], [])


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("junit.xml", b"", "is not XML"),
        ("TEST-a.xml", b"<html/>", "has a name of JUnit XML, but other content"),
        ("a.sarif", b"{}", "has a name of SARIF, but other content"),
        ("a.cdx.json", b"[]", "is JSON, but not an object; it looked like CycloneDX"),
        ("a.spdx.json", CYCLONEDX.replace(b"Cyclone", b"Other"), "has a name of SPDX, but other content"),
        ("a.xml", JUNIT[:-2], "is not XML"),
        ("a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuites>&b;</testsuites>", "of its own"),
        ("a.xml", b"<testsuite>" * 1000, "is nested deeper"),
        ("a.json", CYCLONEDX[:-1] + b', "version": NaN}', "is not JSON"),
        ("a.json", CYCLONEDX[:-1] + b', "bomFormat": "CycloneDX"}', "the same key twice"),
        ("a.json", CYCLONEDX + b" " * MAX_REPORT_BYTES, "is over 8388608 bytes"),
    ],
)
def test_a_report_that_cannot_be_used_is_one_warning(
    tmp_path: Path, path: str, body: bytes, why: str
) -> None:
    found = recognised(tmp_path, {path: body})
    assert (found.entries, len(found.warnings)) == ([], 1)
    assert found.warnings[0].startswith(path)
    assert why in found.warnings[0]


def test_a_number_of_200_megabytes_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "a.sarif").open("wb") as report:
        report.write(b'{"version": "2.1.0", "runs": 9')
        report.truncate(200_000_000)
    assert "is over 8388608 bytes and was not read" in recognised(tmp_path).warnings[0]


def test_one_broken_report_does_not_hide_the_others(tmp_path: Path) -> None:
    found = recognised(tmp_path, {"a.xml": JUNIT[:-2], "b.xml": JUNIT})
    assert (found.only["path"], len(found.warnings)) == ("b.xml", 1)


def test_reports_over_the_limit_of_all_are_counted_in_a_warning(tmp_path: Path) -> None:
    large = JUNIT + b" " * (MAX_REPORT_BYTES - len(JUNIT))
    count = MAX_READ_BYTES // MAX_REPORT_BYTES
    found = recognised(tmp_path, {f"{number}.xml": large for number in range(count + 2)})
    assert len(found.entries) == count
    assert found.warnings[0].startswith("the directory has 2 more files, not searched for reports")


def test_files_over_the_limit_are_counted_in_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.xml").touch()
    [file] = walk(tmp_path).files
    findings = Findings()
    many = Tree([file._replace(path=f"{number:05d}.xml") for number in range(MAX_CANDIDATES + 1)])
    assert list(reports(many, findings.warn)) == []
    assert findings.warnings == [
        "the directory has 10001 XML and JSON files; only the first 10000 were searched for reports"
    ]


names = st.sampled_from(
    ["a.xml", "junit.xml", "coverage.xml", "a.json", "a.sarif", "bom.json", "a.spdx.json"]
)
words = ["<testsuite", "<coverage", "tests='1'", "line-rate='2'", "/>", ">", "</testsuite>", "<testcase"]
marks = [
    '{"runs"',
    '"version"',
    '"2.1.0"',
    '{"bomFormat"',
    '"CycloneDX"',
    '"spdxVersion"',
    ":",
    ",",
    "[",
    "]",
]
bodies = st.lists(st.sampled_from([*words, *marks, "}", "{", "1", " ", "\x00"]), max_size=14).map("".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(names, bodies)
def test_whatever_a_file_holds_it_is_a_report_a_warning_or_left_alone(
    tmp_path: Path, name: str, body: str
) -> None:
    for other in tmp_path.iterdir():
        other.unlink()
    found = recognised(tmp_path, {name: body.encode()})
    assert len(found.entries) <= 1
    assert len(found.warnings) <= 2
