"""The gate that every route stands behind."""

import re
from collections.abc import Callable

from chalice.app import Request

from chalicelib.auth.models import ADMIN, CAPABILITIES, EVERY_TENANT, WORKSPACE, Actor, Grant, Principal
from chalicelib.auth.tokens import service as tokens
from chalicelib.auth.tokens.service import UNAUTHENTICATED
from chalicelib.core.errors import Forbidden, Invalid, Unauthenticated, declare, not_found
from chalicelib.core.http import SIGNED_IN

WORKSPACE_HEADER = "holdfast-workspace"
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

Members = Callable[[str, str], Grant | None]
_members: list[Members] = []


def consults(members: Members) -> Members:
    """Register who tells what a user is in a workspace when the token does not; None for no member.

    Members stand above the audit chain, and so above this domain; nobody belongs until they are asked.
    """
    _members[:] = [members]
    return members


def gate(request: Request, scope: str) -> Actor:
    """The actor behind `request`, if a member of the workspace who has `scope`.

    Raises `Unauthenticated` without a valid token, `NotFound` for a workspace that is not the
    asker's, `Forbidden` for a member without the scope, `Invalid` when no workspace is named.
    """
    principal = tokens.principal(_bearer(request.headers.get("authorization", "")))
    if scope == SIGNED_IN:
        return Actor(user_id=principal.user_id, kind=principal.kind)
    actor = _actor(principal, _workspace(request.headers.get(WORKSPACE_HEADER), principal))
    if not actor.may(scope):
        raise Forbidden(FORBIDDEN, f"This needs the scope {scope}, which you do not have here.", scope=scope)
    return actor


def _bearer(header: str) -> str:
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated(UNAUTHENTICATED, "Send a token: `Authorization: Bearer TOKEN`.")
    return token.strip()


def _workspace(named: str | None, principal: Principal) -> str:
    if named:
        return named
    if principal.grants is not None and len(principal.grants) == 1:
        return next(iter(principal.grants))
    raise Invalid(WORKSPACE_REQUIRED, "Name the workspace in the Holdfast-Workspace header.")


def _actor(principal: Principal, workspace: str) -> Actor:
    grant = _grant(principal, workspace)
    if grant is None:
        raise not_found()
    role = CAPABILITIES[grant.role] if grant.role else frozenset()
    return Actor(
        user_id=principal.user_id,
        kind=principal.kind,
        workspace=workspace,
        scopes=principal.scopes - {ADMIN} | role | ({ADMIN} if principal.admin else frozenset()),
        tenants=frozenset({EVERY_TENANT}) if principal.admin else grant.tenants,
    )


def _grant(principal: Principal, workspace: str) -> Grant | None:
    if principal.grants is not None:
        return principal.grants.get(workspace)
    # a name that no workspace can have never becomes part of a key
    if not re.fullmatch(WORKSPACE, workspace):
        return None
    return next((members(workspace, principal.user_id) for members in _members), None)
