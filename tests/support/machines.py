"""A machine issuer of a test's own: its keys, its setting, its tokens."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.core.ids import named
from tests.support.factories import WORKSPACE

ISSUER = "https://ci.example"
AUDIENCE = "holdfast-machines"
SUBJECT = "repo:team/app:main"
USER_ID = named(ISSUER, SUBJECT)
KEY, NEXT_KEY, STRANGE_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))


def pem(key: Ed25519PrivateKey = KEY) -> str:
    """The public half of a key, PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(key: Ed25519PrivateKey = KEY, **fields: Any) -> dict[str, Any]:
    """The public half of a key, as a JSON Web Key."""
    raw = key.public_key().public_bytes_raw()
    x = urlsafe_b64encode(raw).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x, **fields}


def setting(**overrides: Any) -> str:
    """`HOLDFAST_EXTRA_ISSUER`, with one key that has no name; None leaves a field out."""
    fields = {"issuer": ISSUER, "audience": AUDIENCE, "public_key": pem(), "max_lifetime": 900} | overrides
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def machine_claims(**overrides: Any) -> dict[str, Any]:
    """The claims of a machine that may read packages of the usual workspace; None leaves a claim out."""
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(minutes=10),
        "sub": SUBJECT,
        "scope": "packages:read",
        "workspaces": {WORKSPACE: {"tenants": ["*"]}},
    }
    return {name: value for name, value in (claims | overrides).items() if value is not None}


def machine_token(*, key: Any = KEY, algorithm: str = "EdDSA", kid: Any = None, **claims: Any) -> str:
    """A signed token; see `machine_claims`."""
    headers = {"kid": kid} if kid is not None else None
    return jwt.encode(machine_claims(**claims), key, algorithm=algorithm, headers=headers)
