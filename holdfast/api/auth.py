"""Roles, scopes, and the claims of a token."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from holdfast.api.schema import Entity

ADMIN = "ADMIN"

EVERY_TENANT = "*"

WORKSPACE = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"


class Scope(StrEnum):
    """What can be asked for. A route declares one; a token lists some; a role stands for some."""

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
    """What a member of a workspace is."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    MANAGER = "manager"
    OWNER = "owner"


class Kind(StrEnum):
    """Whether a person or a program asks."""

    PERSON = "person"
    MACHINE = "machine"


class Grant(Entity):
    """What somebody is in one workspace, and the tenants inside it that they may see: none unless named.

    Without a role they have what their token's scopes say, and nothing else.
    """

    role: Role | None = None
    tenants: frozenset[str] = frozenset()


class Membership(Grant):
    """What a person is in one workspace: a member has a role."""

    role: Role


def _scopes(value: Any) -> Any:
    """A space-separated string or a list of strings; anything else is refused, never guessed at."""
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
