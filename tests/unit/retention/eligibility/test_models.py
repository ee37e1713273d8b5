"""The decision is pure: facts and a moment in, every rule out; the default is to keep."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retention.models.eligibility import Facts, explain
from holdfast.api.retention import (
    Decision,
    Hold,
    LockMirror,
    LockState,
    RetentionClass,
    RetentionPolicy,
    Rule,
)
from tests.support.factories import MOMENT

DAY = timedelta(days=1)
HOLD = Hold(name="case-7", reason="a dispute", applied_by="ada", applied_at=MOMENT, event="pkg_1:7")
LOCKED = LockMirror(state=LockState.CONFIRMED, detail="2 objects.", retain_until=MOMENT)


def make_facts(**overrides: Any) -> Facts:
    """A package that may go at MOMENT."""
    facts = Facts(
        status="finalized",
        retention_class=RetentionClass.RAW_EVIDENCE,
        expires_at=MOMENT,
        promised_by="pkg_1:4",
        holds=[],
        released_at=None,
        lock=None,
        policy=RetentionPolicy(),
    )
    return facts._replace(**overrides)


def unmet(facts: Facts) -> list[Rule]:
    return [rule.rule for rule in explain(facts, MOMENT).rules if not rule.met]


def test_a_package_may_go_from_the_moment_on_at_which_its_promise_ends() -> None:
    facts = make_facts()
    assert explain(facts, MOMENT).decision is Decision.ELIGIBLE
    assert explain(facts, MOMENT - timedelta(microseconds=1)).decision is Decision.KEEP


def test_every_rule_is_told_also_where_all_are_met() -> None:
    found = explain(make_facts(lock=LOCKED), MOMENT)
    assert [rule.rule for rule in found.rules] == list(Rule)
    assert all(rule.met and rule.detail for rule in found.rules)
    assert found.reasons == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"status": "created"}, Rule.FINALIZED),
        ({"status": "uploading"}, Rule.FINALIZED),
        ({"status": "failed"}, Rule.FINALIZED),
        ({"status": "deleted"}, Rule.FINALIZED),
        ({"status": "something new"}, Rule.FINALIZED),
        ({"expires_at": None}, Rule.EXPIRED),
        ({"expires_at": MOMENT + DAY}, Rule.EXPIRED),
        ({"holds": [HOLD]}, Rule.NOT_HELD),
        ({"lock": LOCKED.model_copy(update={"hold": True})}, Rule.STORE_RELEASES),
        ({"lock": LOCKED.model_copy(update={"retain_until": MOMENT + DAY})}, Rule.STORE_RELEASES),
        ({"lock": LOCKED.model_copy(update={"state": LockState.PENDING})}, Rule.STORE_RELEASES),
    ],
)
def test_each_rule_keeps_a_package_by_itself(change: dict[str, Any], rule: Rule) -> None:
    facts = make_facts(**change)
    assert unmet(facts) == [rule]
    found = explain(facts, MOMENT)
    assert (found.decision, found.auto_delete.due) == (Decision.KEEP, False)
    assert len(found.reasons) == 1


def test_a_date_names_the_event_that_promised_it_and_a_hold_the_one_that_applied_it() -> None:
    found = explain(make_facts(holds=[HOLD, HOLD.model_copy(update={"name": "case-8"})]), MOMENT)
    rules = {rule.detail: rule for rule in found.rules if rule.reference}
    assert [rule.reference for rule in rules.values()] == ["pkg_1:4", "pkg_1:7", "pkg_1:7"]
    assert [rule.date for rule in rules.values()] == [MOMENT] * 3
    assert any("case-8" in detail and "a dispute" in detail for detail in rules)


def test_a_drift_that_does_not_lock_is_told_and_keeps_nothing() -> None:
    drifted = LOCKED.model_copy(update={"state": LockState.DRIFT, "detail": "1 of 2 objects is missing."})
    found = explain(make_facts(lock=drifted), MOMENT)
    assert found.eligible
    assert "1 of 2 objects is missing." in found.rules[-1].detail


@pytest.mark.parametrize(
    ("on", "days", "due"), [(True, 7, True), (True, 8, False), (False, 7, False)], ids=str
)
def test_the_sweep_may_delete_only_by_policy_and_after_the_grace(on: bool, days: int, due: bool) -> None:  # noqa: FBT001  pytest calls it
    facts = make_facts(policy=RetentionPolicy(auto_delete=on, grace_days=days))
    found = explain(facts, MOMENT + 7 * DAY)
    assert found.decision is Decision.ELIGIBLE
    assert found.auto_delete.due is due
    assert found.auto_delete.due_at == (MOMENT + days * DAY if on else None)


@pytest.mark.parametrize(("released", "counted"), [(-DAY, 0 * DAY), (5 * DAY, 5 * DAY)], ids=str)
def test_the_grace_counts_from_the_last_release_of_a_hold_when_that_is_later(
    released: timedelta, counted: timedelta
) -> None:
    policy = RetentionPolicy(auto_delete=True, grace_days=7)
    facts = make_facts(policy=policy, released_at=MOMENT + released)
    due_at = MOMENT + counted + 7 * DAY
    assert explain(facts, due_at).auto_delete.due_at == due_at
    assert explain(facts, due_at).auto_delete.due
    assert not explain(facts, due_at - timedelta(microseconds=1)).auto_delete.due


locks = st.none() | st.builds(
    LockMirror,
    state=st.sampled_from(LockState),
    detail=st.just("told"),
    retain_until=st.none() | st.just(MOMENT) | st.just(MOMENT + DAY),
    hold=st.booleans(),
)
any_facts = st.builds(
    Facts,
    status=st.sampled_from(["created", "uploading", "finalized", "failed", "deleted"]),
    retention_class=st.sampled_from(RetentionClass),
    expires_at=st.none() | st.sampled_from([MOMENT - DAY, MOMENT, MOMENT + DAY]),
    promised_by=st.none() | st.just("pkg_1:2"),
    holds=st.lists(st.just(HOLD), max_size=2),
    released_at=st.none() | st.sampled_from([MOMENT - DAY, MOMENT]),
    lock=locks,
    policy=st.builds(RetentionPolicy, auto_delete=st.booleans(), grace_days=st.integers(1, 3)),
)


@given(any_facts)
def test_a_decision_is_the_sum_of_its_rules_and_never_of_anything_else(facts: Facts) -> None:
    found = explain(facts, MOMENT)
    assert found == explain(facts, MOMENT)
    assert found.eligible is all(rule.met for rule in found.rules)
    assert {rule.rule for rule in found.rules} == set(Rule)
    if found.eligible:
        assert facts.status == "finalized"
        assert facts.expires_at is not None
        assert facts.expires_at <= MOMENT
        assert not facts.holds
    assert not found.auto_delete.due or (found.eligible and facts.policy.auto_delete)
