from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.producers.junit import MAX_SUITES
from tests.support.reports import recognised

CASES = b"<testcase time='1.5'/><testcase><failure/></testcase><testcase><skipped/></testcase>"


def test_declared_counts_of_all_suites_are_added(tmp_path: Path) -> None:
    suite = b"<testsuite tests='4' failures='1' errors='2' skipped='1' time='1.25'/>"
    found = recognised(tmp_path, {"a.xml": b"<testsuites>" + suite * 2 + b"</testsuites>"})
    assert found.only == {
        "path": "a.xml",
        "suites": 2,
        "tests": 8,
        "failures": 2,
        "errors": 4,
        "skipped": 2,
        "time": 2.5,
    }


def test_cases_are_counted_where_a_suite_declares_nothing(tmp_path: Path) -> None:
    found = recognised(tmp_path, {"a.xml": b"<testsuite>" + CASES + b"</testsuite>"}).only
    assert [found[name] for name in ("suites", "tests", "failures", "errors", "skipped", "time")] == [
        1,
        3,
        1,
        0,
        1,
        1.5,
    ]


def test_suites_in_suites_are_not_counted_twice(tmp_path: Path) -> None:
    inner = b"<testsuite tests='3' failures='1' errors='0' skipped='1' time='2'>" + CASES + b"</testsuite>"
    outer = b"<testsuite tests='3' failures='1' errors='0' skipped='1' time='2'>" + inner + b"</testsuite>"
    found = recognised(tmp_path, {"a.xml": outer}).only
    assert (found["suites"], found["tests"], found["failures"]) == (2, 3, 1)


def test_a_suite_that_declares_fewer_failures_than_it_holds_is_a_warning(tmp_path: Path) -> None:
    body = b"<testsuite tests='3' failures='0' errors='0' skipped='1' time='2'>" + CASES + b"</testsuite>"
    assert recognised(tmp_path, {"a.xml": body}).warnings == ["a.xml declares 0 failures, but has 1"]


@pytest.mark.parametrize(
    ("attribute", "why"),
    [
        (b"tests='many'", "without usable `tests`"),
        (b"tests='-1'", "`tests` is not from 0"),
        (b"failures='1000000001'", "`failures` is not from 0"),
        (b"errors='" + b"9" * 5000 + b"'", "without usable `errors`"),
        (b"time='nan'", "`time` is not from 0"),
        (b"time='1e999'", "`time` is not from 0"),
        (b"time='-5'", "`time` is not from 0"),
    ],
)
def test_a_number_that_is_none_is_a_warning(tmp_path: Path, attribute: bytes, why: str) -> None:
    name = attribute.partition(b"=")[0]
    usual = (b"tests", b"failures", b"errors", b"skipped", b"time")
    others = b" ".join(other + b"='1'" for other in usual if other != name)
    found = recognised(tmp_path, {"a.xml": b"<testsuite " + others + b" " + attribute + b"/>"})
    assert found.entries == []
    assert why in found.warnings[0]


def test_sums_that_no_test_run_reaches_are_refused(tmp_path: Path) -> None:
    suite = b"<testsuite tests='900000000' failures='0' errors='0' skipped='0' time='0'/>"
    found = recognised(tmp_path, {"a.xml": b"<testsuites>" + suite * 2 + b"</testsuites>"})
    assert "counts more than 1000000000" in found.warnings[0]


def test_more_suites_than_the_limit_are_refused(tmp_path: Path) -> None:
    body = b"<testsuites>" + b"<testsuite/>" * (MAX_SUITES + 1) + b"</testsuites>"
    assert "has more than 10000 suites" in recognised(tmp_path, {"a.xml": body}).warnings[0]


numbers = st.text(alphabet="0123456789.,-e_ nai", max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.sampled_from(["tests", "failures", "errors", "skipped", "time"]), numbers))
def test_whatever_a_suite_declares_it_is_counted_or_refused(tmp_path: Path, declared: dict[str, str]) -> None:
    attributes = " ".join(f'{name}="{value}"' for name, value in declared.items())
    found = recognised(tmp_path, {"a.xml": f"<testsuite {attributes}/>".encode()})
    assert len(found.entries) + len(found.warnings) == 1
