"""Members of a workspace."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from holdfast.api.auth import Role
from holdfast.api.patterns import TENANT, USER_ID
from holdfast.api.schema import Entity, Limit, Request

MAX_TENANTS = 200

UserId = Annotated[
    str,
    Field(
        pattern=USER_ID,
        description="The `sub` of the member's tokens: 1 to 200 ASCII characters, no `/`, no spaces.",
    ),
]

Tenant = Annotated[str, Field(max_length=64, pattern=TENANT)]

Tenants = Annotated[
    list[Tenant],
    Field(max_length=MAX_TENANTS, description="The tenants that the member may see; `*` stands for all."),
]


class Add(Request):
    """POST /members."""

    user_id: UserId
    role: Role
    tenants: Tenants = Field(default_factory=list)


class Change(Request):
    """PATCH /members/{user_id}. A field that is left out stays as it is.

    `tenants` replaces those tenants of the member that the caller may see.
    """

    role: Role | None = None
    tenants: Tenants | None = None


class Member(Entity):
    """A member, with those tenants that the caller may see. `revision` is the `ETag`."""

    user_id: str
    role: Role
    tenants: list[str]
    added_by: str
    added_at: datetime
    updated_at: datetime
    revision: int


class MemberQuery(Request):
    """GET /members."""

    limit: Limit = 50
    cursor: str | None = None


class MemberPage(Entity):
    """One page of members, in the order in which they were added."""

    items: list[Member]
    next_cursor: str | None


def etag(revision: int) -> str:
    """Return the `ETag` of a membership."""
    return f'"{revision}"'
