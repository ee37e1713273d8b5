"""Events of an audit chain."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, WithJsonSchema

from holdfast.api import moments
from holdfast.api.schema import Entity

# the text of a moment is the same as in the hashed bytes, so that anybody can compute the hash again
Moment = Annotated[
    datetime,
    PlainSerializer(moments.rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Event(Entity):
    """One link of the chain of `aggregate`: the action, the actor and the moment.

    `hash` covers every field except `payload`; the digest of the payload is in the hashed bytes. A
    `payload` of None was erased.
    """

    workspace: str
    aggregate: str
    seq: int
    prev: str
    action: str
    actor: str
    at: Moment
    payload_digest: str
    hash: str
    payload: dict[str, Any] | None


class EventPage(Entity):
    """One page of a chain, oldest first."""

    items: list[Event]
    next_cursor: str | None
