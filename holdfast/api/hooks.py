"""Hooks and their live pointer."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from holdfast.api.columns import Column
from holdfast.api.schema import Count, Entity, Limit, Ordinal, Reason, Request

Version = Annotated[Ordinal, Field(description="Versions count from 1 without a gap.")]


class Hook(Entity):
    """A check or an extractor. Its name, feature and contract never change.

    `revision` counts the moves of the live pointer.
    """

    name: str
    workspace: str
    feature: str
    contract: list[Column]
    live_version: int | None
    latest_version: int
    revision: int
    created_by: str
    created_at: datetime


class HookPage(Entity):
    """One page of hooks, newest first."""

    items: list[Hook]
    next_cursor: str | None


class PageQuery(Request):
    """GET of a list of hooks, releases or pointer moves."""

    limit: Limit = 50
    cursor: str | None = None


class MovePointer(Request):
    """PUT /hooks/{name}/live. With `expected_revision`, only while the pointer has this revision."""

    version: Version
    expected_revision: Count | None = None
    reason: Reason | None = None


class PointerMove(Entity):
    """One move of the live pointer. `seq` is the number of its audit event."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    seq: int
    from_version: int | None = Field(alias="from")
    to_version: int = Field(alias="to")
    revision: int
    actor: str
    at: datetime
    reason: str | None


class PointerHistory(Entity):
    """One page of moves, oldest first."""

    items: list[PointerMove]
    next_cursor: str | None
