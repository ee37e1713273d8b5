"""Members: entities, requests and answers; pure (hooks.md, "Identity, scopes and tenancy")."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from chalicelib.auth.models import EVERY_TENANT, Role
from chalicelib.core.schema import SLUG, Entity, Limit, Request

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


class Action(StrEnum):
    """What can happen to a membership, as the audit chain names it."""

    ADDED = "members:member:added"
    CHANGED = "members:member:changed"
    REMOVED = "members:member:removed"
    LEFT = "members:member:left"


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


class MemberRecord(Member):
    """A membership as the table keeps it, over or not."""

    workspace: str
    removed_at: datetime | None = None

    @property
    def is_owner(self) -> bool:
        """Whether this counts among the workspace's owners."""
        return self.removed_at is None and self.role is Role.OWNER

    def said(self) -> dict[str, Any] | None:
        """What the audit chain tells of the membership; None of one that is over."""
        return None if self.removed_at else {"role": self.role.value, "tenants": self.tenants}


class MemberQuery(Request):
    """GET /members."""

    limit: Limit = 50
    cursor: str | None = None


class MemberPage(Entity):
    """One page of members, who came first first."""

    items: list[Member]
    next_cursor: str | None


def ordered(tenants: list[str] | set[str]) -> list[str]:
    """Tenants as they are kept: each once, in order; `*` alone where it is among them."""
    return [EVERY_TENANT] if EVERY_TENANT in tenants else sorted(set(tenants))


def etag(revision: int) -> str:
    """The `ETag` of a membership."""
    return f'"{revision}"'


def matches(if_match: str | None, revision: int) -> bool:
    """Whether what the asker has seen (`If-Match`; None does not mind) is still what is there."""
    if if_match is None or if_match.strip() == "*":
        return True
    return etag(revision) in {tag.strip() for tag in if_match.split(",")}
