"""Metrics are lines of the log in CloudWatch's embedded format."""

import json

import pytest

from chalicelib.core.metrics import NAMESPACE, count
from tests.conftest import Configure


@pytest.mark.parametrize("value", [0, 1, 500])
def test_a_count_is_one_line_that_cloudwatch_reads_as_a_metric(
    configure: Configure, capsys: pytest.CaptureFixture[str], value: int
) -> None:
    configure(stage="prod")
    count("StaleRuns", value)
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    (directive,) = said["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == NAMESPACE
    assert directive["Metrics"] == [{"Name": "StaleRuns", "Unit": "Count"}]
    assert sorted(directive["Dimensions"][0]) == ["service", "stage"]
    assert (said["StaleRuns"], said["stage"], said["service"]) == ([value], "prod", "holdfast")


def test_counts_do_not_add_up_from_one_call_to_the_next(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    count("StaleRuns", 2)
    count("StaleRuns", 3)
    assert [json.loads(line)["StaleRuns"] for line in capsys.readouterr().out.splitlines()] == [[2.0], [3.0]]
