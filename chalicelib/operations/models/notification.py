"""What a notice says; pure (operations.md, "Endpoints")."""

from datetime import datetime

from chalicelib.core.schema import Entity, Limit, Request
from chalicelib.operations.models.operation import OperationType, Outcome, Subject
from chalicelib.operations.models.status import Explanation


class Notification(Entity):
    """A run that its reader asked for has ended."""

    operation_id: str
    type: OperationType
    subject: Subject
    outcome: Outcome
    reason: Explanation
    at: datetime


class NotificationQuery(Request):
    """GET /notifications."""

    limit: Limit = 50
    cursor: str | None = None


class NotificationPage(Entity):
    """One page of notices, newest first."""

    items: list[Notification]
    next_cursor: str | None
