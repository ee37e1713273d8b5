"""Roles, scopes, token claims, principals and actors; pure."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, FiniteFloat, Strict, model_validator

from holdfast.api.auth import ADMIN, EVERY_TENANT, WORKSPACE, Grant, Kind, Role, Scope, Scopes
from holdfast.api.schema import Entity, Request

_VIEWER = frozenset(
    {
        Scope.PACKAGES_READ,
        Scope.OPERATIONS_READ,
        Scope.HEALTH_READ,
        Scope.MEMBERS_READ,
        Scope.HOOKS_READ,
        Scope.CONVENTIONS_READ,
    }
)

_OPERATOR = _VIEWER | {Scope.PACKAGES_WRITE}

CAPABILITIES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.MANAGER: _OPERATOR
    | {Scope.OPERATIONS_MANAGE, Scope.PACKAGES_MANAGE, Scope.HOOKS_WRITE, Scope.CONVENTIONS_WRITE},
    Role.OWNER: frozenset(Scope),
}


class Principal(Entity):
    """The person or machine that a token speaks for, before a workspace is chosen.

    `grants` by workspace come from the token. None means that the table of members decides.
    """

    user_id: str
    kind: Kind
    admin: bool = False
    scopes: frozenset[str] = frozenset()
    grants: dict[str, Grant] | None


class Actor(Entity):
    """A principal in one workspace; `workspace` is empty on the few routes that need none."""

    user_id: str
    kind: Kind = Kind.PERSON
    workspace: str = ""
    scopes: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Return whether the actor has `scope` in its workspace."""
        return ADMIN in self.scopes or scope in self.scopes

    def entitled(self, tenant: str | None) -> bool:
        """Return whether the actor may see records of `tenant`; records without a tenant are open to all."""
        return tenant is None or EVERY_TENANT in self.tenants or tenant in self.tenants


Moment = Annotated[FiniteFloat, Strict()]


class Binding(Request):
    """The tenants of a machine in one workspace. A machine has no role: a token that names one is refused."""

    tenants: frozenset[str] = frozenset()


def _bindings(value: Any) -> Any:
    """Turn a list of workspaces into bindings without a tenant."""
    if isinstance(value, list) and all(isinstance(workspace, str) for workspace in value):
        return {workspace: {} for workspace in value}
    return value


Bindings = Annotated[
    dict[Annotated[str, Field(pattern=WORKSPACE)], Binding], Field(max_length=200), BeforeValidator(_bindings)
]


class MachineClaims(Entity):
    """The claims that Holdfast reads from a token whose lifetime is at most `max_lifetime` seconds."""

    sub: str = Field(min_length=1, max_length=200)
    iat: Moment
    exp: Moment
    max_lifetime: int
    scope: Scopes = frozenset()
    workspaces: Bindings = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_short_lived(self) -> Self:
        if not 0 < self.exp - self.iat <= self.max_lifetime:
            raise ValueError("must not live longer than tokens of its issuer may (`max_lifetime`)")
        return self

    @property
    def grants(self) -> dict[str, Grant]:
        """The grant of the machine in each of its workspaces."""
        return {name: Grant(tenants=binding.tenants) for name, binding in self.workspaces.items()}
