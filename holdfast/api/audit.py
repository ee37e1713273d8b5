"""Events of an audit chain."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, WithJsonSchema

from holdfast.api import moments
from holdfast.api.schema import Entity

# as text, a moment is written as it stands in the hashed bytes, so that a stranger can hash it again
Moment = Annotated[
    datetime,
    PlainSerializer(moments.rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Event(Entity):
    """One link: what happened to `aggregate`, who did it, when; `hash` covers all but `payload`.

    A `payload` of None was erased; its digest stays in the hashed bytes.
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
