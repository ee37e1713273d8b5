"""What an operation is, and every move it can make; pure (docs/concepts/operations.md)."""

from enum import StrEnum

from holdfast.api.operations import Operation
from holdfast.api.schema import Entity, Text


class Action(StrEnum):
    """What the audit chain of an operation tells (`source:subject:verb`)."""

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
    """What travels on a queue: where the record is, and the record as it was queued.

    With the record and its version a first delivery is claimed in one conditional write, without
    a read; `version` 0 says that the record must be read. `attempt` is the one that it was sent
    after: 0 for the first message of a run, more for one that gives the run out again.
    """

    workspace: Text
    operation_id: Text
    attempt: int = 0
    version: int = 0
    audit_head: str | None = None
    operation: Operation | None = None
