"""Tokens that no library would make, signed or not."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.support.factories import SECRET, make_claims


def plain_claims(**overrides: Any) -> dict[str, Any]:
    """The claims of a valid token, as JSON has them; overrides are taken as they are, None included."""
    claims = make_claims()
    moments = {name: int(claims[name].timestamp()) for name in ("iat", "exp")}
    return claims | moments | overrides


def forge(
    claims: dict[str, Any], *, header: dict[str, Any] | None = None, key: bytes = SECRET.encode()
) -> str:
    """A token with these claims and this header, signed by HMAC-SHA256 whatever the header says."""
    head = {"alg": "HS256", "typ": "JWT"} | (header or {})
    signed = b".".join(_part(json.dumps(part).encode()) for part in (head, claims))
    return b".".join((signed, _part(hmac.digest(key, signed, hashlib.sha256)))).decode()


def unsigned(claims: dict[str, Any], *, algorithm: str) -> str:
    """A token with an empty signature."""
    head, body, _ = forge(claims, header={"alg": algorithm}).split(".")
    return f"{head}.{body}."


def _part(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
