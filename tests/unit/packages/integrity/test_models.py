"""What verdicts add up to, for a package and for a sweep."""

from collections.abc import Mapping

import pytest

from chalicelib.packages.models.integrity import (
    SLOWEST_BYTES_S,
    STOP_BEFORE_S,
    Budget,
    Checked,
    Stopped,
    complete,
    sweep_result,
)
from chalicelib.packages.models.verification import integrity_after, is_settled
from holdfast.api.operations import Outcome
from holdfast.api.verifications import IntegrityState, Verdict

OK, BAD, MISSING, ERROR, UNKNOWN = Verdict
State = IntegrityState


@pytest.mark.parametrize(
    ("before", "verdicts", "after"),
    [
        (State.NOT_CHECKED, {}, State.NOT_CHECKED),
        (State.NOT_CHECKED, {OK: 2}, State.OK),
        (State.NOT_CHECKED, {OK: 2, UNKNOWN: 1}, State.NOT_CHECKED),
        (State.OK, {}, State.NOT_CHECKED),
        (State.OK, {OK: 1, ERROR: 1}, State.ERROR),
        (State.OK, {OK: 9, BAD: 1, ERROR: 5}, State.CORRUPT),
        (State.OK, {MISSING: 1}, State.CORRUPT),
        (State.ERROR, {OK: 1}, State.OK),
        (State.CORRUPT, {OK: 1}, State.OK),
        (State.CORRUPT, {OK: 1, ERROR: 1}, State.CORRUPT),
        (State.CORRUPT, {OK: 1, UNKNOWN: 1}, State.CORRUPT),
        (State.CORRUPT, {}, State.CORRUPT),
    ],
)
def test_what_is_known_of_a_package_after_a_check(
    before: State, verdicts: Mapping[Verdict, int], after: State
) -> None:
    assert integrity_after(before, verdicts) is after


@pytest.mark.parametrize(
    ("verdicts", "known"),
    [({}, False), ({OK: 0}, False), ({OK: 1}, True), ({BAD: 1}, True), ({OK: 1, ERROR: 1}, False)],
)
def test_a_check_counts_as_verification_only_when_every_file_came_to_a_verdict(
    verdicts: Mapping[Verdict, int],
    known: bool,  # noqa: FBT001  pytest calls it
) -> None:
    assert is_settled(verdicts) is known


def found(tenant: str | None = None, **verdicts: int) -> Checked:
    """What a sweep found of one package."""
    counts = {Verdict(name): count for name, count in verdicts.items()}
    return Checked(package_id="pkg_1", tenant=tenant, verdicts=counts, bytes=10)


@pytest.mark.parametrize(
    ("checked", "stopped", "outcome", "codes"),
    [
        ([found(ok=2)], None, Outcome.SUCCEEDED, []),
        ([], None, Outcome.PARTIALLY_SUCCEEDED, ["NOTHING_CHECKED"]),
        ([found()], None, Outcome.PARTIALLY_SUCCEEDED, ["NOTHING_CHECKED"]),
        ([found(not_checked=1)], None, Outcome.PARTIALLY_SUCCEEDED, ["NOTHING_CHECKED", "INCOMPLETE"]),
        ([found(ok=1, error=1)], None, Outcome.PARTIALLY_SUCCEEDED, ["INCOMPLETE"]),
        ([found(ok=1)], Stopped.OUT_OF_TIME, Outcome.PARTIALLY_SUCCEEDED, ["OUT_OF_TIME"]),
        ([found(ok=1)], Stopped.BUDGET_SPENT, Outcome.PARTIALLY_SUCCEEDED, ["BUDGET_SPENT"]),
        ([found(ok=1, bad=1), found(error=1)], None, Outcome.FAILED, ["CORRUPT", "INCOMPLETE"]),
    ],
)
def test_a_sweep_succeeded_only_when_it_checked_all_and_found_all_in_order(
    checked: list[Checked], stopped: Stopped | None, outcome: Outcome, codes: list[str]
) -> None:
    result = sweep_result(checked, stopped=stopped)
    assert (result.outcome, [failure.code for failure in result.failures]) == (outcome, codes)


def test_a_sweep_that_found_damage_and_checked_everything_is_complete() -> None:
    assert complete(sweep_result([found(ok=1, bad=1)], stopped=None))
    assert not complete(sweep_result([found(bad=1), found(ok=1, error=1)], stopped=None))
    assert not complete(sweep_result([found(bad=1)] * 200 + [found(not_checked=1)], stopped=None))
    assert not complete(sweep_result([found(ok=1)], stopped=Stopped.OUT_OF_TIME))


def test_a_result_that_everyone_sees_names_no_tenants_package() -> None:
    [failure] = sweep_result([found("them", missing=1)], stopped=None).failures
    assert failure.message == "a tenant's package: 1 missing"


def test_the_first_bytes_of_a_sweep_are_always_there_and_no_later_ones() -> None:
    budget = Budget(1, lambda: 300.0, began=False)
    assert (budget.take(1000), budget.take(0), budget.take(1)) == (True, False, False)
    assert budget.stopped is Stopped.BUDGET_SPENT


def test_a_sweep_that_goes_on_has_no_first_bytes_again() -> None:
    assert not Budget(0, lambda: 300.0, began=True).take(1)


def test_bytes_that_cannot_be_read_in_time_are_not_begun() -> None:
    budget = Budget(100 * SLOWEST_BYTES_S, lambda: STOP_BEFORE_S + 10.0, began=True)
    assert (budget.take(9 * SLOWEST_BYTES_S), budget.take(11 * SLOWEST_BYTES_S)) == (True, False)
    assert budget.stopped is Stopped.OUT_OF_TIME


def test_nothing_is_begun_in_the_last_minute() -> None:
    assert not Budget(100, lambda: STOP_BEFORE_S - 1.0, began=False).take(1)
