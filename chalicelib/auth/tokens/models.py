"""The claims of a machine's token; pure."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, FiniteFloat, Strict, model_validator

from chalicelib.auth.models import WORKSPACE, Grant, Scopes
from chalicelib.core.schema import Entity, Request

Moment = Annotated[FiniteFloat, Strict()]


class Binding(Request):
    """What a machine may see in one workspace. It has no role: a token that says so is refused."""

    tenants: frozenset[str] = frozenset()


def _bindings(value: Any) -> Any:
    """A list of workspaces binds to each without a tenant."""
    if isinstance(value, list) and all(isinstance(workspace, str) for workspace in value):
        return {workspace: {} for workspace in value}
    return value


Bindings = Annotated[
    dict[Annotated[str, Field(pattern=WORKSPACE)], Binding], Field(max_length=200), BeforeValidator(_bindings)
]


class MachineClaims(Entity):
    """The claims that Holdfast reads of a token that lives `max_lifetime` seconds at most."""

    sub: str = Field(min_length=1, max_length=200)
    iat: Moment
    exp: Moment
    max_lifetime: int
    scope: Scopes = frozenset()
    workspaces: Bindings = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_short_lived(self) -> Self:
        if not 0 < self.exp - self.iat <= self.max_lifetime:
            raise ValueError("lives longer than the issuer's tokens may")
        return self

    @property
    def grants(self) -> dict[str, Grant]:
        """What the machine is in each of its workspaces."""
        return {name: Grant(tenants=binding.tenants) for name, binding in self.workspaces.items()}
