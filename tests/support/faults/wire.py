"""What stands where the network is: engines in memory, and the faults that strike on the way to them.

Both hang on botocore's own events, so nothing of ours is patched. `Faults` works on any engine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import EndpointConnectionError

from chalicelib.core import aws
from chalicelib.dynamodb import items
from tests.support.faults.memory import Answer, MemoryTable
from tests.support.faults.queues import MemoryQueue

WRITES = frozenset({"TransactWriteItems", "SendMessage", "ChangeMessageVisibility"})


class Killed(BaseException):
    """The process ends here: nothing of ours catches it."""


class Strike(StrEnum):
    """What befalls a write."""

    DIE_BEFORE = "the process dies before the write"
    DIE_AFTER = "the process dies after the write"
    LOSE_REQUEST = "the request never arrives"
    LOSE_ANSWER = "the write is done, its answer never arrives"
    REFUSE = "the engine throttles the write"


BEFORE = frozenset({Strike.DIE_BEFORE, Strike.LOSE_REQUEST, Strike.REFUSE})
DEADLY = frozenset({Strike.DIE_BEFORE, Strike.DIE_AFTER})


@dataclass
class Faults:
    """Counts writes, and strikes at one of them, or at all from one on."""

    writes: int = 0
    strike: Strike | None = None
    at: int = 0
    until: int = 0

    def arm(self, strike: Strike, *, at: int, times: int = 1) -> None:
        """Strike at the write `at` from now on (0: the next) and at those that follow, `times` in all."""
        self.writes, self.strike, self.at, self.until = 0, strike, at, at + times

    def disarm(self) -> None:
        """Strike no more; count from nothing."""
        self.writes, self.strike = 0, None

    def before(self, operation: str) -> Answer | None:
        """What happens on the way to the engine; an answer in its place, or None to go on."""
        if operation not in WRITES:
            return None
        self.writes += 1
        return self._hit() if self.strike in BEFORE and self._due() else None

    def after(self, operation: str) -> None:
        """What happens on the way back."""
        if operation in WRITES and self.strike not in BEFORE and self._due():
            self._hit()

    def _due(self) -> bool:
        return self.strike is not None and self.at < self.writes <= self.until

    def _hit(self) -> Answer:
        if self.strike in DEADLY:
            raise Killed
        if self.strike is Strike.REFUSE:
            error = {"Error": {"Code": "ThrottlingException", "Message": "Slow down."}}
            return SimpleNamespace(status_code=400, headers={}), error
        raise EndpointConnectionError(endpoint_url="http://nowhere")


class Wire:
    """Engines in memory behind the service's own clients; `table` and `queue` can be changed at any time."""

    def __init__(self, table_behind: MemoryTable, queue_behind: MemoryQueue) -> None:
        self.table = table_behind
        self.queue = queue_behind
        self.faults = Faults()
        self.tapped: Callable[[str, bytes, Answer], None] | None = None

    def connect(self) -> None:
        """Answer for the engines from now on."""
        for client, service in self._clients():
            for event, hook in self._hooks().items():
                client.meta.events.register_first(f"{event}.{service}", hook, unique_id=event)

    def disconnect(self) -> None:
        """Answer no more."""
        for client, service in self._clients():
            for event in self._hooks():
                client.meta.events.unregister(f"{event}.{service}", unique_id=event)

    def _clients(self) -> list[tuple[Any, str]]:
        return [(items.connection().connection.client, "dynamodb"), (aws.sqs(), "sqs")]

    def _hooks(self) -> dict[str, Callable[..., Any]]:
        return {"before-call": self._call, "after-call": self._return}

    def _call(self, model: Any, params: dict[str, Any], **_: Any) -> Answer:
        struck = self.faults.before(model.name)
        if struck:
            return struck
        engine = self.queue if model.service_model.service_name == "sqs" else self.table
        answer = engine.answer(model.name, params["body"])
        if self.tapped:
            self.tapped(model.name, params["body"], answer)
        return answer

    def _return(self, model: Any, **_: Any) -> None:
        self.faults.after(model.name)
