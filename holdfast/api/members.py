"""Members of a workspace."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from holdfast.api.auth import Role
from holdfast.api.schema import SLUG, Entity, Limit, Request

MAX_TENANTS = 200

# what a path of a URL can carry as it is, so that every member has an address
UserId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.,:;=@|+~!$&'()*-]{0,199}$",
        description="The `sub` of the member's tokens: 1 to 200 ASCII characters, no `/`, no spaces.",
    ),
]

Tenant = Annotated[str, Field(max_length=64, pattern=rf"^\*$|{SLUG}")]

Tenants = Annotated[
    list[Tenant], Field(max_length=MAX_TENANTS, description="Tenants they may see; `*` stands for all.")
]


class Add(Request):
    """POST /members."""

    user_id: UserId
    role: Role
    tenants: Tenants = Field(default_factory=list)


class Change(Request):
    """PATCH /members/{user_id}; what is not named stays. `tenants` replaces those that you may see."""

    role: Role | None = None
    tenants: Tenants | None = None


class Member(Entity):
    """A member as those see them who are entitled to `tenants`; `revision` is the `ETag`."""

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
    """One page of members, who came first first."""

    items: list[Member]
    next_cursor: str | None


def etag(revision: int) -> str:
    """The `ETag` of a membership."""
    return f'"{revision}"'
