"""What the alarms on sweeps read is written by every sweep that is finished."""

import json
from typing import Any

import pytest

from chalicelib.core.settings import settings
from tests.support.served import Served, reconcile


def metrics(printed: str) -> dict[str, dict[str, Any]]:
    """The metrics among the lines that were printed, in CloudWatch's embedded format, by name."""
    found = [json.loads(line) for line in printed.splitlines() if '"_aws"' in line]
    return {
        metric["Name"]: {**line, "namespace": directive["Namespace"], "dimensions": directive["Dimensions"]}
        for line in found
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


@pytest.mark.parametrize("name", ["Sweeps", "StaleRuns"])
@pytest.mark.usefixtures("served")
def test_a_sweep_is_counted_by_service_and_stage(capsys: pytest.CaptureFixture[str], name: str) -> None:
    reconcile()
    found = metrics(capsys.readouterr().out)[name]
    assert found["namespace"] == "Holdfast"
    assert [sorted(names) for names in found["dimensions"]] == [["service", "stage"]]
    assert (found["service"], found["stage"]) == ("holdfast", settings().stage)


def test_a_sweep_that_ended_nothing_is_counted_all_the_same(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    assert served
    reconcile()
    assert metrics(capsys.readouterr().out)["Sweeps"]["Sweeps"] == [1.0]
