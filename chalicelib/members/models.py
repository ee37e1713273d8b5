"""Members: the kept record and its rules; pure (docs/concepts/identity-and-tenants.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from holdfast.api.auth import EVERY_TENANT, Role
from holdfast.api.members import Member, etag


class Action(StrEnum):
    """The actions of a membership, as the audit chain names them."""

    ADDED = "members:member:added"
    CHANGED = "members:member:changed"
    REMOVED = "members:member:removed"
    LEFT = "members:member:left"


class MemberRecord(Member):
    """A membership as the table keeps it, active or ended."""

    workspace: str
    removed_at: datetime | None = None

    @property
    def is_owner(self) -> bool:
        """True when this membership counts among the workspace's owners."""
        return self.removed_at is None and self.role is Role.OWNER

    def said(self) -> dict[str, Any] | None:
        """Return the state of the membership for the audit chain; None when the membership has ended."""
        return None if self.removed_at else {"role": self.role.value, "tenants": self.tenants}


def ordered(tenants: list[str] | set[str]) -> list[str]:
    """Return tenants as they are kept: each once, sorted; `*` alone where it is among them."""
    return [EVERY_TENANT] if EVERY_TENANT in tenants else sorted(set(tenants))


def matches(if_match: str | None, revision: int) -> bool:
    """Return whether `if_match`, the value of `If-Match`, allows a change of this `revision`.

    None and `*` allow every revision.
    """
    if if_match is None or if_match.strip() == "*":
        return True
    return etag(revision) in {tag.strip() for tag in if_match.split(",")}
