"""The lifecycle policy: each broken rule is a sentence that names the type and both numbers."""

from typing import Any

import pytest

from holdfast.api.operations import OperationType
from holdfast.api.policy import LEASE_S, POLICIES, RENEWAL_S, Deployed, Deployment, Policy, violations

KIND = OperationType.PACKAGE_VERIFY
QUEUE = "packages"
SOUND = Deployed(
    visibility_timeout=1_800,
    max_receive_count=5,
    retention=345_600,
    dead_letter_retention=1_209_600,
    worker_timeout=300,
    bridged=True,
)


def make_policy(**overrides: Any) -> Policy:
    return Policy(QUEUE, "packages_worker")._replace(**overrides)


def make_deployment(
    *, workers: tuple[str, ...] = ("packages_worker",), period: int | None = 60, **queue: Any
) -> Deployment:
    return Deployment({QUEUE: SOUND._replace(**queue)}, frozenset(workers), period)


def found(deployment: Deployment, policy: Policy | None = None, **numbers: int) -> list[str]:
    return violations(deployment, {KIND: policy or make_policy()}, **numbers)


def test_every_type_of_work_has_a_line() -> None:
    assert set(POLICIES) == set(OperationType)


def test_the_policy_holds_against_a_sound_deployment() -> None:
    queues, workers = {policy.queue for policy in POLICIES.values()}, {p.worker for p in POLICIES.values()}
    sound = Deployment(dict.fromkeys(queues, SOUND), frozenset(workers), 60)
    assert violations(sound) == []


@pytest.mark.parametrize(
    ("queue", "numbers"),
    [
        ({"worker_timeout": 1_770}, ("1770", "1770")),
        ({"worker_timeout": 200}, ("200", "300")),
        ({"visibility_timeout": 1_799}, ("1799", "1800")),
        ({"visibility_timeout": 330}, ("300", "300")),
        ({"visibility_timeout": None}, ("300", "-30")),
        ({"max_receive_count": 2}, ("2", "3")),
        ({"max_receive_count": None}, ("0", "3")),
        ({"dead_letter_retention": 345_600}, ("345600", "345600")),
        ({"dead_letter_retention": None}, ("0", "345600")),
        ({"worker_timeout": None}, ("0", "300")),
    ],
    ids=str,
)
def test_a_queue_that_breaks_a_rule_is_named_with_both_numbers(
    queue: dict[str, Any], numbers: tuple[str, str]
) -> None:
    sentences = found(make_deployment(**queue))
    assert [sentence for sentence in sentences if all(number in sentence for number in numbers)]
    assert all(sentence.startswith(f"{KIND}: ") and sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize(
    ("policy", "numbers"),
    [
        ({"expected_max_runtime": 300}, ("300", "300")),
        ({"running_stale_after": 329}, ("329", "330")),
        ({"worker_timeout": 290}, ("300", "290")),
        ({"queued_stale_after": 119}, ("60", "119")),
    ],
    ids=str,
)
def test_a_line_that_breaks_a_rule_is_named_with_both_numbers(
    policy: dict[str, Any], numbers: tuple[str, str]
) -> None:
    (sentence,) = found(make_deployment(), make_policy(**policy))
    assert sentence.startswith(f"{KIND}: ")
    assert all(number in sentence for number in numbers)


def test_a_lease_of_less_than_three_renewals_is_named_with_both_numbers() -> None:
    (sentence,) = found(make_deployment(), lease=89, renewal=30)
    assert sentence == f"{KIND}: the lease of 89 s is under three renewals of 90 s."
    assert LEASE_S >= 3 * RENEWAL_S


def test_a_sweep_that_runs_too_seldom_or_not_at_all_is_named() -> None:
    (seldom,) = found(make_deployment(period=151))
    assert all(word in seldom for word in (KIND, "151", "300"))
    (never,) = found(make_deployment(period=None))
    assert never == f"{KIND}: no reconciler is scheduled."


def test_a_type_that_nobody_sweeps_needs_no_sweep() -> None:
    assert found(make_deployment(period=None), make_policy(scheduled_reconciliation=False)) == []


def test_a_missing_worker_queue_or_bridge_is_named() -> None:
    assert found(make_deployment(workers=())) == [f"{KIND}: no worker packages_worker is deployed."]
    nowhere = Deployment({}, frozenset({"packages_worker"}), 60)
    assert found(nowhere) == [f"{KIND}: no queue packages is deployed."]
    assert found(make_deployment(bridged=False)) == [f"{KIND}: nothing bridges the dead letters of packages."]


def test_a_type_without_a_bridge_needs_none() -> None:
    assert found(make_deployment(bridged=False), make_policy(direct_failure_bridge=False)) == []
