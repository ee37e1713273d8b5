"""What a verification comes to: five verdicts, and nothing checked is never green."""

import pytest

from chalicelib.packages.models.verification import result_of
from holdfast.api.operations import MAX_FAILURES, Counter, Outcome
from holdfast.api.verifications import FileVerdict, Verdict

OK, BAD, MISSING, ERROR, NOT_CHECKED = Verdict


def make_verdicts(*found: Verdict) -> list[FileVerdict]:
    """The verdicts on files `0`, `1` and so on."""
    return [FileVerdict(path=str(number), verdict=verdict) for number, verdict in enumerate(found)]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([OK], Outcome.SUCCEEDED),
        ([OK, OK], Outcome.SUCCEEDED),
        ([OK, BAD], Outcome.FAILED),
        ([OK, MISSING], Outcome.FAILED),
        ([BAD, ERROR], Outcome.FAILED),
        ([OK, ERROR], Outcome.PARTIALLY_SUCCEEDED),
        ([ERROR], Outcome.PARTIALLY_SUCCEEDED),
        ([OK, NOT_CHECKED], Outcome.PARTIALLY_SUCCEEDED),
        ([NOT_CHECKED], Outcome.PARTIALLY_SUCCEEDED),
        ([], Outcome.PARTIALLY_SUCCEEDED),
    ],
    ids=str,
)
def test_only_files_that_are_all_right_make_a_verification_succeed(
    found: list[Verdict], outcome: Outcome
) -> None:
    assert result_of(make_verdicts(*found)).outcome is outcome


def test_every_verdict_is_counted_and_what_nobody_got_counts_none() -> None:
    counts = result_of(make_verdicts(OK, OK, BAD, ERROR, NOT_CHECKED)).summary_counts
    assert counts == {
        Counter.OK: 2,
        Counter.BAD: 1,
        Counter.MISSING: 0,
        Counter.ERROR: 1,
        Counter.NOT_CHECKED: 1,
    }


def test_each_file_that_is_not_right_is_a_failure_with_its_path() -> None:
    found = [FileVerdict(path="a", verdict=BAD, detail="its SHA-256 is 00"), *make_verdicts(MISSING, OK)]
    assert [failure.model_dump() for failure in result_of(found).failures] == [
        {"code": "FILE_BAD", "message": "a: its SHA-256 is 00"},
        {"code": "FILE_MISSING", "message": "0: missing"},
    ]


def test_of_very_many_failures_all_are_counted_and_a_hundred_named() -> None:
    result = result_of(make_verdicts(*[MISSING] * (MAX_FAILURES + 1)))
    assert (len(result.failures), result.summary_counts[Counter.MISSING]) == (MAX_FAILURES, MAX_FAILURES + 1)
