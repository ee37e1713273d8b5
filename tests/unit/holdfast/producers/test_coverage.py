from pathlib import Path

import pytest

from tests.support.reports import recognised

DOCTYPE = b'<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'


def test_rates_and_counts_of_cobertura_are_told(tmp_path: Path) -> None:
    body = b'<coverage line-rate="0.5" branch-rate="0.25" lines-covered="1" lines-valid="2" version="2.1"/>'
    assert recognised(tmp_path, {"a.xml": DOCTYPE + body}).only == {
        "path": "a.xml",
        "tool": "cobertura",
        "version": "2.1",
        "line_rate": 0.5,
        "branch_rate": 0.25,
        "lines_covered": 1,
        "lines_valid": 2,
    }


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        (b"", "line-rate"),
        (b'line-rate="NaN"', "line-rate"),
        (b'line-rate="1.01"', "line-rate"),
        (b'line-rate="1" branch-rate="-0.1"', "branch-rate"),
        (b'line-rate="1" lines-valid="many"', "lines-valid"),
        (b'line-rate="1" lines-valid="' + b"9" * 5000 + b'"', "lines-valid"),
        (b'line-rate="1" version=""', "version"),
    ],
)
def test_an_attribute_that_cannot_be_used_is_a_warning(tmp_path: Path, attributes: bytes, field: str) -> None:
    found = recognised(tmp_path, {"a.xml": b"<coverage " + attributes + b"/>"})
    assert found.entries == []
    assert f"a.xml has no usable `{field}`" in found.warnings[0]


def test_the_report_of_clover_is_not_taken_for_one(tmp_path: Path) -> None:
    clover = b'<coverage generated="1" clover="4.4"><project/></coverage>'
    assert recognised(tmp_path, {"a.xml": clover}) == ([], [])
    assert recognised(tmp_path, {"a.xml": b"<x/>", "coverage.xml": clover}).warnings == [
        "coverage.xml has a name of coverage XML, but other content"
    ]
