"""Members: entities, requests and answers; pure (docs/concepts/identity-and-tenants.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from holdfast.api.auth import EVERY_TENANT, Role
from holdfast.api.members import Member, etag


class Action(StrEnum):
    """What can happen to a membership, as the audit chain names it."""

    ADDED = "members:member:added"
    CHANGED = "members:member:changed"
    REMOVED = "members:member:removed"
    LEFT = "members:member:left"


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


def ordered(tenants: list[str] | set[str]) -> list[str]:
    """Tenants as they are kept: each once, in order; `*` alone where it is among them."""
    return [EVERY_TENANT] if EVERY_TENANT in tenants else sorted(set(tenants))


def matches(if_match: str | None, revision: int) -> bool:
    """Whether what the asker has seen (`If-Match`; None does not mind) is still what is there."""
    if if_match is None or if_match.strip() == "*":
        return True
    return etag(revision) in {tag.strip() for tag in if_match.split(",")}
