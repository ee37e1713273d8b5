"""Audit actions of an operation, and the message that its queue carries; pure.

The concept: docs/concepts/operations.md.
"""

from enum import StrEnum

from holdfast.api.operations import Operation
from holdfast.api.schema import Entity, Text


class Action(StrEnum):
    """The actions in the audit chain of an operation (`source:subject:verb`)."""

    QUEUED = "operations:run:queued"
    STARTED = "operations:run:started"
    RELEASED = "operations:run:released"
    REDISPATCHED = "operations:run:redispatched"
    CANCEL_REQUESTED = "operations:run:cancel-requested"
    COMPLETED = "operations:run:completed"
    RECONCILED = "operations:run:reconciled"
    LATE_RESULT = "operations:run:late-result"
    QUARANTINED = "operations:message:quarantined"


class Message(Entity):
    """A message on a queue: the key of the operation's record, and the record as it was queued.

    The record and its `version` let a worker claim a first delivery in one conditional write, without
    a read. `version` 0 says that the worker must read the record. `attempt` is the number of attempts
    before this message: 0 for the first message of a run, more for one that was sent again.
    """

    workspace: Text
    operation_id: Text
    attempt: int = 0
    version: int = 0
    audit_head: str | None = None
    operation: Operation | None = None
