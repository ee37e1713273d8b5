import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from holdfast.api.packages import MAX_METADATA_BYTES
from holdfast.producers.metadata import MAX_WARNINGS, Kept

SECTION = {"report_count": 2, "totals": {"tests": 3}, "reports": ["x" * 30_000]}


def test_what_fits_is_kept_whole_and_says_nothing() -> None:
    kept = Kept()
    kept.add("junit", SECTION)
    assert kept.metadata([]) == ({"junit": SECTION}, [])


def test_a_list_of_reports_that_does_not_fit_leaves_the_totals_and_a_warning() -> None:
    kept = Kept()
    kept.add("junit", SECTION)
    kept.add("spdx", SECTION)
    metadata, warnings = kept.metadata([])
    assert metadata["spdx"] == {"report_count": 2, "totals": {"tests": 3}}
    assert warnings == ["the list of spdx reports does not fit into the metadata and was left out"]
    assert metadata["warnings"] == warnings


def test_a_section_that_does_not_fit_at_all_is_a_warning() -> None:
    kept = Kept()
    kept.add("guide_board", {"source_commits": "x" * MAX_METADATA_BYTES})
    assert kept.metadata([])[1] == ["the section guide_board does not fit into 49152 bytes and was left out"]


def test_warnings_over_the_limit_are_counted() -> None:
    assert len(Kept().metadata([str(number) for number in range(MAX_WARNINGS)])[1]) == MAX_WARNINGS
    warnings = Kept().metadata([str(number) for number in range(MAX_WARNINGS + 1)])[1]
    assert (len(warnings), warnings[-1]) == (MAX_WARNINGS, "and 2 more warnings")


@given(st.lists(st.integers(0, 60_000), max_size=4), st.lists(st.text(max_size=600), max_size=80))
def test_whatever_is_said_the_metadata_stays_within_its_limit(sizes: list[int], warnings: list[str]) -> None:
    kept = Kept()
    for number, size in enumerate(sizes):
        kept.add(f"section{number}", {"reports": "x" * size})
    metadata, told = kept.metadata(warnings)
    assert len(rfc8785.dumps(metadata)) <= MAX_METADATA_BYTES
    assert told == metadata.get("warnings", [])
    assert bool(told) >= bool(warnings)
