"""SQS in memory: one work queue and its dead-letter queue, set up as `infra/resources.json` deploys them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.support.faults.memory import Answer

TEMPLATE = Path(__file__).parents[3] / "infra" / "resources.json"


@dataclass(eq=False)
class Mail:
    """One message on its way: how often it was received, and from when it can be received again."""

    body: str
    receipt: str
    visible_at: datetime
    receives: int = 0


class MemoryQueue:
    """The queue. `sent` keeps every body that ever went, for deliveries that come twice.

    `refuses` says which bodies it does not take.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        properties = json.loads(TEMPLATE.read_text())["Resources"]["PackagesQueue"]["Properties"]
        self.visibility = timedelta(seconds=properties["VisibilityTimeout"])
        self.max_receives: int = properties["RedrivePolicy"]["maxReceiveCount"]
        self.waiting: list[Mail] = []
        self.dead: list[Mail] = []
        self.sent: list[str] = []
        self.refuses: Callable[[str], bool] = lambda _: False
        self._now = now

    def answer(self, operation: str, body: bytes) -> Answer:
        """What SQS answers to the two calls that the service makes."""
        asked = json.loads(body)
        if operation == "SendMessage" and self.refuses(asked["MessageBody"]):
            error = {"Error": {"Code": "InvalidMessageContents", "Message": "Not this one."}}
            return SimpleNamespace(status_code=400, headers={}), error
        if operation == "SendMessage":
            self._keep(asked["MessageBody"])
        elif operation == "ChangeMessageVisibility":
            self._hide(asked["ReceiptHandle"], timedelta(seconds=asked["VisibilityTimeout"]))
        else:
            raise ValueError(f"not a call of ours: {operation}")
        return SimpleNamespace(status_code=200, headers={}), {"MessageId": "a-message"}

    def visible(self) -> list[Mail]:
        """What could be received now, in the order that it was sent in."""
        return [mail for mail in self.waiting if mail.visible_at <= self._now()]

    def receive(self, mail: Mail) -> bool:
        """Take `mail` for a worker; False when it was received too often and went to the dead letters."""
        if mail.receives >= self.max_receives:
            self.waiting.remove(mail)
            self.dead.append(mail)
            return False
        mail.receives += 1
        mail.visible_at = self._now() + self.visibility
        return True

    def acknowledge(self, mail: Mail) -> None:
        """Delete `mail`; nothing when it is gone already."""
        if mail in self.waiting:
            self.waiting.remove(mail)

    def redrive(self) -> None:
        """Put every dead letter back on the queue, as an operator does."""
        for mail in self.dead:
            self.waiting.append(Mail(mail.body, mail.receipt, self._now()))
        self.dead.clear()

    def _keep(self, body: str) -> None:
        self.sent.append(body)
        self.waiting.append(Mail(body, f"receipt-{len(self.sent)}", self._now()))

    def _hide(self, receipt: str, how_long: timedelta) -> None:
        for mail in self.waiting:
            if mail.receipt == receipt:
                mail.visible_at = self._now() + how_long


def record(mail: Mail) -> dict[str, Any]:
    """The message as Lambda hands it to a worker."""
    return {
        "messageId": mail.receipt,
        "receiptHandle": mail.receipt,
        "body": mail.body,
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:packages",
        "awsRegion": "us-east-1",
    }
