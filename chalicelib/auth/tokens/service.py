"""From a token to the principal that it speaks for."""

from typing import Any

from pydantic import ValidationError

from chalicelib.auth.models import ADMIN, Claims, Kind, Principal
from chalicelib.auth.tokens.models import MachineClaims
from chalicelib.core import ids
from chalicelib.core.errors import Unauthenticated, declare
from chalicelib.core.extra_issuer import ExtraIssuer
from chalicelib.core.secrets import root_secret
from chalicelib.core.settings import settings

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["iss", "aud", "exp", "sub"]
MACHINE_ALGORITHM = "EdDSA"
MACHINE_REQUIRED_CLAIMS = [*REQUIRED_CLAIMS, "iat"]
LEEWAY_S = 5
UNAUTHENTICATED = declare(
    "UNAUTHENTICATED",
    "Nobody we know is asking",
    "Send `Authorization: Bearer TOKEN` with a token that is current; `holdfast login` keeps one.",
)


def principal(token: str) -> Principal:
    """Whoever `token` speaks for; `Unauthenticated` unless a known issuer made it, for us and for now."""
    import jwt  # workers and sweeps start without it: a tenth of what the app imports

    try:
        extra = settings().extra_issuer
        header = _header_of_machine(token, extra) if extra else None
        return _machine(token, extra, header) if extra and header is not None else _person(token)
    except (jwt.InvalidTokenError, ValidationError, OverflowError):
        # which check failed helps nobody but who forges tokens
        raise Unauthenticated(UNAUTHENTICATED, "The token is not valid here, or no longer.") from None


def _header_of_machine(token: str, extra: ExtraIssuer) -> dict[str, Any] | None:
    """The header of a token that says it is of `extra`, None of any other; nothing of it is proven yet."""
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
