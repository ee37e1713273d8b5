"""The page of scopes: the roles that have each scope, and the routes that need it."""

from chalicelib.auth.models import CAPABILITIES
from chalicelib.http.routes import PUBLIC, SIGNED_IN, routes
from holdfast.api.auth import Scope
from infra.documentation.markdown import code, table

INTRODUCTION = """
# Scopes and roles

A **scope** allows some requests. Each route of the API needs one scope. A **role** stands for a set of scopes
in one workspace. The claim `scope` of a token adds scopes to those of the role. `ADMIN` in the claim `roles`
gives every scope in the workspaces of the token's holder, and sees every tenant there.

A machine (a token of the extra issuer) has no role. It has the scopes of its token and no other.

A request without the scope is answered with 403 `FORBIDDEN`. The concepts are in [identity and
tenants](../concepts/identity-and-tenants.md).

## Scopes by role
"""

ROUTES = """
## Routes by scope

Paths are below `/api`.
"""

WITHOUT = {
    PUBLIC: "none: anybody may ask, without a token",
    SIGNED_IN: "none: any token that is valid is enough",
}


def text() -> str:
    """Return the page."""
    parts = (INTRODUCTION, roles_table(), ROUTES, routes_table())
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def roles_table() -> str:
    """Return a table of scopes by role."""
    rows = [
        (code(scope), *("yes" if scope in held else "" for held in CAPABILITIES.values()))
        for scope in sorted(Scope)
    ]
    return table(("scope", *CAPABILITIES), rows)


def routes_table() -> str:
    """Return a table of the routes that each scope allows."""
    rows = [(code(scope), _opened(scope)) for scope in sorted(Scope)]
    return table(("scope", "routes"), [*rows, *((words, _opened(scope)) for scope, words in WITHOUT.items())])


def _opened(scope: str) -> str:
    found = sorted(f"{route.method} {route.path}" for route in routes if route.scope == scope)
    return ", ".join(map(code, found))
