"""The gate in front of every route, and the tokens that it reads."""

import re
from typing import Any

from chalice.app import Request
from pydantic import ValidationError

from chalicelib import wiring
from chalicelib.auth.models import CAPABILITIES, Actor, MachineClaims, Principal
from chalicelib.core import ids
from chalicelib.core.errors import Forbidden, Invalid, Unauthenticated, not_found
from chalicelib.core.extra_issuer import ExtraIssuer
from chalicelib.core.secrets import root_secret
from chalicelib.core.settings import settings
from chalicelib.http.routes import SIGNED_IN
from holdfast.api.auth import ADMIN, EVERY_TENANT, WORKSPACE, Claims, Grant, Kind
from holdfast.api.codes import FORBIDDEN, UNAUTHENTICATED, WORKSPACE_REQUIRED

WORKSPACE_HEADER = "holdfast-workspace"


def gate(request: Request, scope: str) -> Actor:
    """Return the actor behind `request` when it belongs to the workspace and has `scope`.

    Raises `Unauthenticated` without a valid token, `NotFound` for a workspace that the caller does not belong
    to, `Forbidden` for a member without the scope, `Invalid` when no workspace is named.
    """
    principal = read_token(_bearer(request.headers.get("authorization", "")))
    if scope == SIGNED_IN:
        return Actor(user_id=principal.user_id, kind=principal.kind)
    actor = _actor(principal, _workspace(request.headers.get(WORKSPACE_HEADER), principal))
    if not actor.may(scope):
        raise Forbidden(
            FORBIDDEN, f"This needs the scope {scope}, which you do not have in this workspace.", scope=scope
        )
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
    # only a valid workspace name may become part of a key
    if not re.fullmatch(WORKSPACE, workspace):
        return None
    # `members` uses the audit chain, so it is above this domain and is reached through the wiring
    found: Grant | None = wiring.part(wiring.MEMBERSHIP)(workspace, principal.user_id)
    return found


ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["iss", "aud", "exp", "sub"]
MACHINE_ALGORITHM = "EdDSA"
MACHINE_REQUIRED_CLAIMS = [*REQUIRED_CLAIMS, "iat"]
LEEWAY_S = 5


def read_token(token: str) -> Principal:
    """Return the principal that `token` speaks for.

    Raises `Unauthenticated` unless a known issuer made the token for Holdfast and it is valid now.
    """
    import jwt  # workers and sweeps start without it: it is a tenth of the app's imports

    try:
        extra = settings().extra_issuer
        header = _header_of_machine(token, extra) if extra else None
        return _machine(token, extra, header) if extra and header is not None else _person(token)
    except (jwt.InvalidTokenError, ValidationError, OverflowError):
        # naming the failed check would help only somebody who forges tokens
        raise Unauthenticated(
            UNAUTHENTICATED, "The token is not valid for this service, or it has expired."
        ) from None


def _header_of_machine(token: str, extra: ExtraIssuer) -> dict[str, Any] | None:
    """Return the header of a token that claims `extra` as its issuer; None for any other token.

    Nothing in the token is proven yet.
    """
    import jwt

    unproven = jwt.decode_complete(token, options={"verify_signature": False})
    header: dict[str, Any] = unproven["header"]
    return header if unproven["payload"].get("iss") == extra.issuer else None


def _person(token: str) -> Principal:
    import jwt

    decoded: dict[str, Any] = jwt.decode(
        token,
        root_secret(),
        algorithms=[ALGORITHM],
        issuer=settings().jwt_issuer,
        audience=settings().jwt_audience,
        leeway=LEEWAY_S,
        options={"require": REQUIRED_CLAIMS},
    )
    claims = Claims.model_validate(decoded)
    return Principal(
        user_id=claims.sub,
        kind=Kind.PERSON,
        admin=ADMIN in claims.roles,
        scopes=claims.scope,
        grants=dict(claims.workspaces) if "workspaces" in claims.model_fields_set else None,
    )


def _machine(token: str, extra: ExtraIssuer, header: dict[str, Any]) -> Principal:
    import jwt
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = extra.key(header.get("kid"))
    if key is None:
        raise jwt.InvalidTokenError
    decoded: dict[str, Any] = jwt.decode(
        token,
        Ed25519PublicKey.from_public_bytes(key),
        algorithms=[MACHINE_ALGORITHM],
        issuer=extra.issuer,
        audience=extra.audience,
        leeway=LEEWAY_S,
        options={"require": MACHINE_REQUIRED_CLAIMS},
    )
    claims = _machine_claims(decoded, extra)
    user_id = ids.named(extra.issuer, claims.sub)
    return Principal(user_id=user_id, kind=Kind.MACHINE, scopes=claims.scope, grants=claims.grants)


def _machine_claims(decoded: dict[str, Any], extra: ExtraIssuer) -> MachineClaims:
    named = {"scope": extra.scope_claim, "workspaces": extra.workspaces_claim}
    renamed = {name: decoded[claim] for name, claim in named.items() if claim in decoded}
    times = {name: decoded[name] for name in ("sub", "iat", "exp")}
    return MachineClaims.model_validate({**times, **renamed, "max_lifetime": extra.max_lifetime})
