"""The lifecycle policy holds against the generated template, and what drifts from it is named."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from holdfast.api.operations import OperationType
from holdfast.api.policy import LEASE_S, POLICIES, Deployed, violations
from holdfast.cli.lifecycle import deployment
from holdfast.cli.main import app
from infra.package import PROJECT

Template = dict[str, Any]
Drift = Callable[[Template], object]
ALARM = "AWS::CloudWatch::Alarm"


def properties(template: Template, key: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][key]["Properties"]
    return found


def broken(template: Template, drift: Drift) -> set[str]:
    """What the policy says of the template after `drift`, without the types that it names."""
    drifted = copy.deepcopy(template)
    drift(drifted)
    return {sentence.partition(": ")[2] for sentence in violations(deployment(drifted))}


def setting(key: str, **values: object) -> Drift:
    """Properties of a resource that are changed."""
    return lambda template: properties(template, key).update(values)


def receiving_twice(template: Template) -> None:
    for queue in ("PackagesQueue", "HooksQueue"):
        properties(template, queue)["RedrivePolicy"]["maxReceiveCount"] = 2


def every(period: str) -> Drift:
    """The reconciler on another schedule."""

    def change(template: Template) -> None:
        for event in properties(template, "ReconcileOperations")["Events"].values():
            event["Properties"]["Schedule"] = period

    return change


def test_the_policy_holds_against_the_template(template: Template, prod_template: Template) -> None:
    assert violations(deployment(template)) == violations(deployment(prod_template)) == []


def test_a_deployment_is_what_its_template_says(template: Template) -> None:
    found = deployment(template)
    assert found.queues["packages"] == Deployed(
        visibility_timeout=1800,
        max_receive_count=5,
        retention=345_600,
        dead_letter_retention=1_209_600,
        worker_timeout=300,
        bridged=True,
    )
    assert found.reconciler_period == 60
    assert {
        "packages_worker",
        "hooks_worker",
        "bridge_packages",
        "bridge_hooks",
        "reconcile_operations",
    } <= found.workers


def test_every_type_of_work_has_a_line_in_the_policy() -> None:
    assert set(POLICIES) == set(OperationType)


DRIFTS: dict[str, tuple[Drift, set[str]]] = {
    "a worker that may take longer": (
        setting("PackagesWorker", Timeout=301),
        {
            "the deployed worker timeout of 301 s is not the policy's 300 s.",
            "the visibility timeout of 1800 s is under six worker timeouts of 1806 s.",
        },
    ),
    "a worker that may take less": (
        setting("PackagesWorker", Timeout=200),
        {"the deployed worker timeout of 200 s is not the policy's 300 s."},
    ),
    "messages that come back too early": (
        setting("PackagesQueue", VisibilityTimeout=330),
        {
            "the worker timeout of 300 s is not under the visibility timeout less margin of 300 s.",
            "the visibility timeout of 330 s is under six worker timeouts of 1800 s.",
        },
    ),
    "messages that are dropped too early": (receiving_twice, {"maxReceiveCount of 2 is under 3."}),
    "dead letters that are kept no longer": (
        setting("PackagesDeadQueue", MessageRetentionPeriod=345_600),
        {"the dead-letter queue keeps messages for 345600 s, not longer than the queue's 345600 s."},
    ),
    "messages that are kept as long as dead letters": (
        setting("PackagesQueue", MessageRetentionPeriod=1_209_600),
        {"the dead-letter queue keeps messages for 1209600 s, not longer than the queue's 1209600 s."},
    ),
    "no bridge": (
        lambda template: template["Resources"].pop("BridgePackages"),
        {"nothing bridges the dead letters of packages."},
    ),
    "no schedule": (setting("ReconcileOperations", Events={}), {"no reconciler is scheduled."}),
    "a slow schedule": (
        every("rate(3 minutes)"),
        {"the reconciler's period of 180 s is over half the smallest threshold of 300 s."},
    ),
    "no queue": (
        lambda template: template["Resources"].pop("PackagesQueue"),
        {"no queue packages is deployed."},
    ),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_template_that_drifts_from_the_policy_is_told_with_both_numbers(
    template: Template, drift: str
) -> None:
    change, sentences = DRIFTS[drift]
    assert broken(template, change) == sentences


def test_a_worker_that_is_not_deployed_is_told(template: Template) -> None:
    found = broken(template, lambda drifted: drifted["Resources"].pop("PackagesWorker"))
    assert "no worker packages_worker is deployed." in found


def test_every_type_that_a_drift_concerns_is_named(template: Template) -> None:
    drifted = copy.deepcopy(template)
    receiving_twice(drifted)
    named = {sentence.partition(":")[0] for sentence in violations(deployment(drifted))}
    assert named == {kind for kind, policy in POLICIES.items() if policy.queue in {"packages", "hooks"}}


def test_a_policy_that_contradicts_itself_is_told(template: Template) -> None:
    kind = OperationType.PACKAGE_VERIFY
    hasty = {kind: POLICIES[kind]._replace(expected_max_runtime=300, running_stale_after=329)}
    assert violations(deployment(template), hasty) == [
        "package.verify: the expected runtime of 300 s is not under the worker timeout of 300 s.",
        "package.verify: running_stale_after of 329 s is under the worker timeout with margin of 330 s.",
    ]
    usual = {kind: POLICIES[kind]}
    [sentence] = violations(deployment(template), usual, renewal=LEASE_S // 3 + 1)
    assert sentence == "package.verify: the lease of 90 s is under three renewals of 93 s."


def test_a_type_that_needs_neither_bridge_nor_sweep_is_not_refused_without(template: Template) -> None:
    kind = OperationType.PACKAGE_VERIFY
    free = {kind: POLICIES[kind]._replace(direct_failure_bridge=False, scheduled_reconciliation=False)}
    drifted = copy.deepcopy(template)
    drifted["Resources"].pop("BridgePackages")
    drifted["Resources"].pop("ReconcileOperations")
    assert violations(deployment(drifted), free) == []


def test_the_check_that_every_make_check_runs_says_that_the_policy_holds() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "infra.lifecycle"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (
        0,
        f"lifecycle: {len(POLICIES)} types of work hold against the template\n",
    )


def test_the_command_line_holds_the_policy_against_the_packaged_template(package_folder: Path) -> None:
    ended = CliRunner().invoke(app, ["ops", "check-lifecycle", str(package_folder / "sam.json")])
    assert (ended.exit_code, ended.stdout) == (0, "every rule of the lifecycle policy holds\n")


def alarm(template: Template, metric: str, *, of: object) -> dict[str, Any]:
    """The one alarm on a metric of what `of` names."""
    found: list[dict[str, Any]] = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == ALARM
        and resource["Properties"]["MetricName"] == metric
        and of in [dimension["Value"] for dimension in resource["Properties"]["Dimensions"]]
    ]
    assert len(found) == 1
    return found[0]


def test_work_that_waits_raises_an_alarm(template: Template) -> None:
    queue = {"Fn::GetAtt": ["PackagesQueue", "QueueName"]}
    found = alarm(template, "ApproximateAgeOfOldestMessage", of=queue)
    assert (found["Statistic"], found["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert found["Threshold"] == {"Ref": "QueueAgeAlarmSeconds"}


def test_a_single_dead_letter_raises_an_alarm(template: Template) -> None:
    queue = {"Fn::GetAtt": ["PackagesDeadQueue", "QueueName"]}
    found = alarm(template, "ApproximateNumberOfMessagesVisible", of=queue)
    assert (found["Threshold"], found["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert found["EvaluationPeriods"] == 1


def test_a_reconciler_that_finishes_nothing_for_three_periods_raises_an_alarm(template: Template) -> None:
    found = alarm(template, "Sweeps", of={"Ref": "Stage"})
    assert found["Namespace"] == "Holdfast"
    assert found["Period"] == deployment(template).reconciler_period
    assert (found["EvaluationPeriods"], found["Statistic"], found["Threshold"]) == (3, "Sum", 1)
    assert found["ComparisonOperator"] == "LessThanThreshold"
    assert found["TreatMissingData"] == "breaching"  # a sweep that is never finished is not counted at all


def test_runs_that_must_be_ended_from_outside_raise_an_alarm(template: Template) -> None:
    found = alarm(template, "StaleRuns", of={"Ref": "Stage"})
    assert (found["Namespace"], found["Statistic"]) == ("Holdfast", "Sum")
    assert found["ComparisonOperator"] == "GreaterThanThreshold"


def test_a_store_that_does_not_enforce_what_is_relied_on_raises_an_alarm(template: Template) -> None:
    found = alarm(template, "StorageGaps", of={"Ref": "Stage"})
    assert (found["Namespace"], found["Statistic"], found["Threshold"]) == ("Holdfast", "Maximum", 0)
    assert found["ComparisonOperator"] == "GreaterThanThreshold"


@pytest.mark.parametrize("function", ["SweepIntegrity", "SweepRetention"])
def test_a_sweep_that_is_not_started_for_three_periods_raises_an_alarm(
    template: Template, function: str
) -> None:
    found = alarm(template, "Invocations", of=properties(template, function)["FunctionName"])
    assert (found["Period"], found["EvaluationPeriods"], found["Threshold"]) == (3600, 3, 1)
    assert (found["ComparisonOperator"], found["TreatMissingData"]) == ("LessThanThreshold", "breaching")


def test_damaged_files_raise_an_alarm(template: Template) -> None:
    found = alarm(template, "DamagedFiles", of={"Ref": "Stage"})
    assert (found["Namespace"], found["Statistic"], found["Threshold"]) == ("Holdfast", "Sum", 0)
    assert found["ComparisonOperator"] == "GreaterThanThreshold"


def test_every_alarm_is_heard_where_the_deployer_says(template: Template) -> None:
    alarms = [found["Properties"] for found in template["Resources"].values() if found["Type"] == ALARM]
    heard = {"Fn::If": ["AlarmsAreHeard", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert len(alarms) >= 4
    assert all(found["AlarmActions"] == heard for found in alarms)
