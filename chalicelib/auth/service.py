"""The gate that every route stands behind, and the tokens it reads."""

from typing import Any

from chalice.app import Request
from pydantic import ValidationError

from chalicelib.auth.models import ADMIN, CAPABILITIES, EVERY_TENANT, Actor, Claims
from chalicelib.core.errors import Forbidden, Invalid, Unauthenticated, declare, not_found
from chalicelib.core.http import SIGNED_IN
from chalicelib.core.secrets import root_secret
from chalicelib.core.settings import settings

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["iss", "aud", "exp", "sub"]
LEEWAY_S = 5
WORKSPACE_HEADER = "holdfast-workspace"
UNAUTHENTICATED = declare(
    "UNAUTHENTICATED",
    "Nobody we know is asking",
    "Send `Authorization: Bearer TOKEN` with a token that is current; `holdfast login` keeps one.",
)
FORBIDDEN = declare(
    "FORBIDDEN",
    "Your role does not allow this",
    "Ask an owner of the workspace for a role with the scope in `details.scope`.",
)
WORKSPACE_REQUIRED = declare(
    "WORKSPACE_REQUIRED",
    "Which workspace is meant is not clear",
    "Name one of your workspaces in the `Holdfast-Workspace` header.",
)


def gate(request: Request, scope: str) -> Actor:
    """The actor behind `request`, if a member of the workspace who has `scope`.

    Raises `Unauthenticated` without a valid token, `NotFound` for a workspace that is not the
    asker's, `Forbidden` for a member without the scope, `Invalid` when no workspace is named.
    """
    claims = _claims(_bearer(request.headers.get("authorization", "")))
    if scope == SIGNED_IN:
        return Actor(user_id=claims.sub)
    actor = _actor(claims, _workspace(request.headers.get(WORKSPACE_HEADER), claims))
    if not actor.may(scope):
        raise Forbidden(FORBIDDEN, f"This needs the scope {scope}, which you do not have here.", scope=scope)
    return actor


def _bearer(header: str) -> str:
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated(UNAUTHENTICATED, "Send a token: `Authorization: Bearer TOKEN`.")
    return token.strip()


def _claims(token: str) -> Claims:
    import jwt  # workers and sweeps start without it: a tenth of what the app imports

    try:
        decoded: dict[str, Any] = jwt.decode(
            token,
            root_secret(),
            algorithms=[ALGORITHM],
            issuer=settings().jwt_issuer,
            audience=settings().jwt_audience,
            leeway=LEEWAY_S,
            options={"require": REQUIRED_CLAIMS},
        )
        return Claims.model_validate(decoded)
    except (jwt.InvalidTokenError, ValidationError):
        # which check failed helps nobody but who forges tokens
        raise Unauthenticated(UNAUTHENTICATED, "The token is not valid here, or no longer.") from None


def _workspace(named: str | None, claims: Claims) -> str:
    if named:
        return named
    if len(claims.workspaces) == 1:
        return next(iter(claims.workspaces))
    raise Invalid(WORKSPACE_REQUIRED, "Name the workspace in the Holdfast-Workspace header.")


def _actor(claims: Claims, workspace: str) -> Actor:
    member = claims.workspaces.get(workspace)
    if member is None:
        raise not_found()
    admin = frozenset({ADMIN}) if ADMIN in claims.roles else frozenset()
    return Actor(
        user_id=claims.sub,
        workspace=workspace,
        scopes=claims.scope - {ADMIN} | CAPABILITIES[member.role] | admin,
        tenants=frozenset({EVERY_TENANT}) if admin else member.tenants,
    )
