"""Notices of work that ended."""

from datetime import datetime

from holdfast.api.operations import Explanation, OperationType, Outcome, Subject
from holdfast.api.schema import Entity, Limit, Request


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
