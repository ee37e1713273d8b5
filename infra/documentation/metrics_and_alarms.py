"""The page of metrics and alarms: metrics from the calls that count them, alarms from the template."""

import ast
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.core.metrics import NAMESPACE
from infra.documentation.markdown import ROOT, anchor, code, table

RESOURCES = ROOT / "infra" / "resources.json"
RUNBOOK = "../operations/runbook.md"
ALARM = "AWS::CloudWatch::Alarm"
COMPARISONS = {"GreaterThanThreshold": "more than", "LessThanThreshold": "less than"}
MISSING = {"breaching": "raises the alarm", "notBreaching": "does not raise it"}

MEANINGS = {
    "DamagedFiles": "Files that an integrity sweep found `bad`, `missing` or `error`. Counted once a sweep.",
    "StaleRuns": "Runs that a sweep of the reconciler ended or gave out again. Counted once a sweep.",
    "StorageGaps": "Claims that Holdfast relies on and that the store was not seen to enforce. "
    "Counted once for each certificate.",
    "Sweeps": "Sweeps of the reconciler that were finished. A sweep that fails is not counted.",
}

INTRODUCTION = f"""
# Metrics and alarms

## Metrics

Holdfast writes its metrics to the log, in the embedded metric format of CloudWatch. They are in the namespace
`{NAMESPACE}`, with the dimensions `service` (`holdfast`) and `stage`. Each is a count.
"""

ALARMS = """
## Alarms

`infra/resources.json` makes these alarms for each stage. They report to the SNS topic that the parameter
`AlarmTopicArn` names; without it they only show in CloudWatch. CloudWatch shows an alarm as `holdfast-`,
the stage, `-`, and the name of the second column. The [runbook](../operations/runbook.md) says for each
alarm what to check and what to do.
"""


class Metric(NamedTuple):
    """A metric, and the function that counts it."""

    name: str
    counted_in: str


def text() -> str:
    """Return the page."""
    parts = (INTRODUCTION, metrics_table(), ALARMS, alarms_table())
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def metrics_table() -> str:
    """Return every metric with its meaning, where it is counted, and the alarm that watches it."""
    watched = {alarm["MetricName"]: name for name, alarm in alarms().items()}
    rows = [
        (code(found.name), MEANINGS[found.name], code(found.counted_in), code(watched.get(found.name, "")))
        for found in metrics()
    ]
    return table(("metric", "what it counts", "counted in", "alarm"), rows)


def alarms_table() -> str:
    """Return every alarm with its entry in the runbook, what it means and when it is raised."""
    rows = [
        (
            f"[{name}]({RUNBOOK}#{anchor(name)})",
            code(short_name(alarm)),
            alarm["AlarmDescription"],
            code(_metric(alarm)),
            _condition(alarm),
            MISSING[alarm["TreatMissingData"]],
        )
        for name, alarm in alarms().items()
    ]
    return table(("alarm", "in CloudWatch", "meaning", "metric", "raised when", "no data"), rows)


def alarms() -> dict[str, dict[str, Any]]:
    """Return the properties of every alarm, by its name in the template."""
    resources = json.loads(RESOURCES.read_text())["Resources"]
    return {name: found["Properties"] for name, found in sorted(resources.items()) if found["Type"] == ALARM}


def short_name(alarm: dict[str, Any]) -> str:
    """Return the name that CloudWatch shows, without the stage."""
    return _short(alarm["AlarmName"]["Fn::Sub"])


def metrics() -> list[Metric]:
    """Return every metric that the code counts, by name."""
    return sorted(_counted())


def _counted() -> Iterator[Metric]:
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        source = path.read_text()
        if "chalicelib.core.metrics import" not in source:
            continue
        for function in [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]:
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield from (Metric(name, f"{module}.{function.name}") for name in _names(function))


def _names(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
            yield ast.literal_eval(node.args[0])


def _short(name: str) -> str:
    return name.removeprefix("holdfast-${Stage}-")


def _metric(alarm: dict[str, Any]) -> str:
    [watched] = [found for found in alarm["Dimensions"] if found["Name"] not in {"service", "stage"}] or [
        None
    ]
    return f"{alarm['Namespace']} {alarm['MetricName']}" + (
        f" of {_value(watched['Value'])}" if watched else ""
    )


def _condition(alarm: dict[str, Any]) -> str:
    times = alarm["EvaluationPeriods"]
    during = f"{times} periods of {alarm['Period']} s in a row" if times > 1 else f"{alarm['Period']} s"
    compared = COMPARISONS[alarm["ComparisonOperator"]]
    return f"{alarm['Statistic'].lower()} {compared} {_value(alarm['Threshold'])} for {during}"


def _value(value: Any) -> str:
    """Return a value of the template as a reader knows it: a parameter, a queue or a function by name."""
    if not isinstance(value, dict):
        return str(value)
    [(kind, named)] = value.items()
    if kind == "Ref":
        return f"the parameter {named}"
    return _short(named) if kind == "Fn::Sub" else str(named[0])
