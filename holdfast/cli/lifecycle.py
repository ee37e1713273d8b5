"""Queues, workers and schedules of a deployment template, for the check of the lifecycle policy.

The values come from the template itself, never from constants (docs/concepts/operations.md).
"""

import json
import re
from pathlib import Path
from typing import Any

from holdfast.api.policy import Deployed, Deployment
from holdfast.errors import InputError

FUNCTION = "AWS::Serverless::Function"
QUEUE = "AWS::SQS::Queue"
NAME = "holdfast-${Stage}-"
RECONCILER = "reconcile_operations"
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
DEFAULT_VISIBILITY_S = 30
DEFAULT_RETENTION_S = 345_600

Template = dict[str, Any]


def read_template(path: Path) -> Template:
    """Return the template in a JSON file. Raises `InputError` (NO_TEMPLATE) when there is none."""
    try:
        template = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise _no_template(path) from error
    if not isinstance(template, dict) or "Resources" not in template:
        raise _no_template(path)
    return template


def _no_template(path: Path) -> InputError:
    message = f"{path} is not a deployment template."
    return InputError(
        "NO_TEMPLATE", message, next_step="Generate a template with `make package`, and name its sam.json."
    )


def deployment(template: Template) -> Deployment:
    """Return the queues of `template`, their workers, and the period of the reconciler."""
    functions = {key: value["Properties"] for key, value in _of_type(template, FUNCTION)}
    handlers = {key: properties["Handler"].rpartition(".")[2] for key, properties in functions.items()}
    queues = {_bare_name(resource): key for key, resource in _of_type(template, QUEUE)}
    return Deployment(
        queues={name: _deployed(template, functions, key) for name, key in queues.items()},
        workers=frozenset(handlers.values()),
        reconciler_period=_period(functions, handlers),
    )


def _deployed(template: Template, functions: dict[str, Any], key: str) -> Deployed:
    properties = template["Resources"][key]["Properties"]
    redrive = properties.get("RedrivePolicy", {})
    dead = redrive.get("deadLetterTargetArn", {}).get("Fn::GetAtt", [None])[0]
    dead_properties = template["Resources"][dead]["Properties"] if dead else {}
    workers = _listeners(functions, key)
    return Deployed(
        visibility_timeout=properties.get("VisibilityTimeout", DEFAULT_VISIBILITY_S),
        max_receive_count=redrive.get("maxReceiveCount"),
        retention=properties.get("MessageRetentionPeriod", DEFAULT_RETENTION_S),
        dead_letter_retention=dead_properties.get("MessageRetentionPeriod", DEFAULT_RETENTION_S)
        if dead
        else None,
        worker_timeout=max((functions[worker]["Timeout"] for worker in workers), default=None),
        bridged=bool(dead and _listeners(functions, dead)),
    )


def _listeners(functions: dict[str, Any], queue_key: str) -> list[str]:
    return [
        key
        for key, properties in functions.items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "SQS" and event["Properties"]["Queue"]["Fn::GetAtt"][0] == queue_key
    ]


def _period(functions: dict[str, Any], handlers: dict[str, str]) -> int | None:
    for key, properties in functions.items():
        for event in properties.get("Events", {}).values():
            rate = (
                RATE.fullmatch(event["Properties"].get("Schedule", ""))
                if handlers[key] == RECONCILER
                else None
            )
            if rate:
                return int(rate[1]) * SECONDS[rate[2]]
    return None


def _of_type(template: Template, kind: str) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in template["Resources"].items() if value["Type"] == kind]


def _bare_name(resource: Any) -> str:
    name: str = resource["Properties"]["QueueName"]["Fn::Sub"]
    return name.removeprefix(NAME)
