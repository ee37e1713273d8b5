"""Tokens for a local stack, signed with the secret in the folder of the stack."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import jwt

from holdfast.api.auth import ADMIN, Claims, Role
from holdfast.client.configuration import local_stack
from holdfast.client.validation import check
from holdfast.errors import InputError

ISSUER = "holdfast"
MEMBER = "MEMBER"


class Grant(NamedTuple):
    """The subject of a token, its permissions, and its lifetime in hours.

    A token without a role and scopes is that of a viewer. With the role MEMBER, the service's table of
    members decides.
    """

    sub: str
    role: str | None
    scope: str
    workspace: str | None
    hours: int


class Minted(NamedTuple):
    """A signed token and the moment when it expires (RFC 3339)."""

    token: str
    expires_at: str


def mint(grant: Grant, home: Path) -> Minted:
    """Return a token that the stack in `home` accepts (docs/concepts/identity-and-tenants.md).

    Raises `InputError` when there is no stack, its secret cannot be read, or the grant breaks a rule.
    """
    stack = local_stack(home)
    now = datetime.now(UTC).replace(microsecond=0)
    ends = now + timedelta(hours=grant.hours)
    claims = _claims(grant, grant.workspace or str(stack.get("workspace") or ""))
    check(Claims, claims)
    times = {"iss": ISSUER, "aud": ISSUER, "iat": now, "exp": ends}
    token = jwt.encode({**claims, **times}, _secret(stack, home), algorithm="HS256")
    return Minted(token, f"{ends:%Y-%m-%dT%H:%M:%SZ}")


def _claims(grant: Grant, workspace: str) -> dict[str, Any]:
    role = grant.role or (None if grant.scope else Role.VIEWER)
    if role not in {None, ADMIN, MEMBER, *Role}:
        known = ", ".join([*Role, ADMIN, MEMBER])
        raise InputError("UNKNOWN_ROLE", f"There is no role {role!r}.", next_step=f"Choose one of {known}.")
    scopes = {"scope": grant.scope} if grant.scope else {}
    if role == MEMBER:
        return {"sub": grant.sub, **scopes}
    membership = {"role": Role.OWNER if role == ADMIN else role or Role.VIEWER, "tenants": ["*"]}
    claims: dict[str, Any] = {"sub": grant.sub, "workspaces": {workspace: membership}, **scopes}
    if role == ADMIN:
        claims["roles"] = [ADMIN]
    return claims


def _secret(stack: dict[str, Any], home: Path) -> str:
    named = stack.get("jwt_secret_file")
    if not isinstance(named, str):
        raise InputError("NO_LOCAL_STACK", f"stack.json in {home} does not name a jwt_secret_file.")
    try:
        return (home / named).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError("NO_LOCAL_STACK", f"The stack's secret cannot be read: {error.strerror}.") from error
