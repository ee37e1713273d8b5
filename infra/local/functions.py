"""The Lambda functions as the deployment has them: the trigger, the memory and the timeout of each."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression, SQSEventConfig
from chalice.config import Config

STAGE = "dev"
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
UNIT_S = {"minute": 60, "hour": 3600, "day": 86_400}

Handler = Callable[[dict[str, Any], Any], Any]


class Limits(NamedTuple):
    """The limits of a function: seconds to run, MB of memory."""

    timeout_s: int
    memory_mb: int


class QueueFunction(NamedTuple):
    """A function that takes up to `batch_size` messages of `queue` (its bare name) at a time."""

    name: str
    handler: Handler
    queue: str
    batch_size: int


class ScheduledFunction(NamedTuple):
    """A function that runs every `period_s` seconds."""

    name: str
    handler: Handler
    period_s: int


class Functions:
    """The functions of an app, from its registered event sources and `.chalice/config.json`."""

    def __init__(self, app: Chalice, project: Path) -> None:
        self._app = app
        from_disk = json.loads((project / ".chalice" / "config.json").read_text())
        self.config = Config(chalice_stage=STAGE, config_from_disk=from_disk)

    def limits(self, name: str) -> Limits:
        """Return the limits that stage `dev` gives the function `name`."""
        scoped = self.config.scope(chalice_stage=STAGE, function_name=name)
        return Limits(int(scoped.lambda_timeout), int(scoped.lambda_memory_size))

    def of_queues(self) -> list[QueueFunction]:
        """Return every function that an SQS queue triggers."""
        return [
            QueueFunction(source.name, self._app.handler_map[source.name], source.queue, source.batch_size)
            for source in self._app.event_sources
            if isinstance(source, SQSEventConfig) and source.queue
        ]

    def of_schedules(self) -> list[ScheduledFunction]:
        """Return every function on a schedule; `ValueError` for an expression that is not a rate."""
        return [
            ScheduledFunction(
                source.name, self._app.handler_map[source.name], period_s(source.schedule_expression)
            )
            for source in self._app.event_sources
            if isinstance(source, ScheduledEventConfig)
        ]


def period_s(expression: str | ScheduleExpression) -> int:
    """Return the seconds between two runs of a `rate(…)` expression; `ValueError` for any other."""
    text = expression if isinstance(expression, str) else expression.to_string()
    found = RATE.fullmatch(text)
    if not found:
        raise ValueError(f"The embedded stack runs only rate(…) schedules, not {text}.")
    return int(found[1]) * UNIT_S[found[2]]
