"""Notices of work that ended."""

from datetime import datetime

from holdfast.api.operations import Explanation, OperationType, Outcome, Subject
from holdfast.api.schema import Entity, Limit, Request


class Notification(Entity):
    """The notice that a run has ended. It goes to the person or program that asked for the run."""

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
