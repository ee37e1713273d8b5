"""Roles, scopes, and the claims of a token."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from holdfast.api import patterns
from holdfast.api.schema import Entity

ADMIN = "ADMIN"
EVERY_TENANT = "*"
WORKSPACE = patterns.WORKSPACE


class Scope(StrEnum):
    """A permission. A route demands one, a token lists some, and a role includes some."""

    PACKAGES_READ = "packages:read"
    PACKAGES_WRITE = "packages:write"
    PACKAGES_MANAGE = "packages:manage"
    RETENTION_MANAGE = "retention:manage"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_MANAGE = "operations:manage"
    HEALTH_READ = "health:read"
    STORAGE_MANAGE = "storage:manage"
    HOOKS_READ = "hooks:read"
    HOOKS_WRITE = "hooks:write"
    CONVENTIONS_READ = "conventions:read"
    CONVENTIONS_WRITE = "conventions:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"


class Role(StrEnum):
    """The role of a member in a workspace."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    MANAGER = "manager"
    OWNER = "owner"


class Kind(StrEnum):
    """The kind of a caller: a person or a program."""

    PERSON = "person"
    MACHINE = "machine"


class Grant(Entity):
    """The role of a caller in one workspace, and the tenants that the caller may see.

    No tenants are visible unless they are named. A caller without a role has the scopes of the token only.
    """

    role: Role | None = None
    tenants: frozenset[str] = frozenset()


class Membership(Grant):
    """The grant of a member, who always has a role."""

    role: Role


def _scopes(value: Any) -> Any:
    """Return the scopes of a space-separated string or of a list of strings. Refuse any other value."""
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list) and all(isinstance(scope, str) for scope in value):
        return frozenset(value)
    raise ValueError("must be a space-separated string or a list of strings")


Scopes = Annotated[frozenset[str], BeforeValidator(_scopes)]


class Claims(Entity):
    """The claims of a primary token that Holdfast reads."""

    sub: str = Field(min_length=1, max_length=200)
    roles: list[str] = Field(default_factory=list)
    scope: Scopes = frozenset()
    workspaces: dict[Annotated[str, Field(pattern=WORKSPACE)], Membership] = Field(default_factory=dict)
