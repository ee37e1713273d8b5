"""The second issuer of tokens, from the setting `HOLDFAST_EXTRA_ISSUER`: its name and its public keys.

All keys are Ed25519, so a token cannot choose how it is checked. The setting itself holds the keys. No
request waits for a key to be fetched, and only the operator can change a key.
"""

import base64
import binascii
import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from holdfast.api.schema import Entity

PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")  # the DER header of an Ed25519 public key
KEY_BYTES = 32
MAX_LIFETIME_S = 86_400
Name = Annotated[str, Field(min_length=1, max_length=200)]


def _refuse_private_key(value: Any) -> None:
    if value is not None:
        raise ValueError("must be left out: it is a private key, and only the public key is wanted")


class JsonWebKey(Entity):
    """An Ed25519 public key (RFC 8037). The header of a token refers to the key by its `kid`."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False)
    kid: Name | None = None
    use: Literal["sig"] | None = None
    alg: Literal["EdDSA", "Ed25519"] | None = None
    d: Annotated[None, BeforeValidator(_refuse_private_key)] = None


class JsonWebKeySet(Entity):
    """The keys of an issuer; during a rotation, the old key and the new one."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    keys: list[JsonWebKey] = Field(min_length=1, max_length=16)

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        kids = [key.kid for key in self.keys]
        if len(set(kids)) < len(kids) or (len(kids) > 1 and None in kids):
            raise ValueError("must give each key a `kid` of its own when there are several keys")
        return self


class ExtraIssuer(Entity):
    """The second issuer: its name, its audience, its keys, and the names of its claims.

    `max_lifetime` is the longest allowed time between the `iat` and the `exp` of a token, in seconds.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    issuer: Name
    audience: Name
    jwks: JsonWebKeySet | None = Field(None, repr=False)
    public_key: str | None = Field(None, repr=False)
    scope_claim: Name = "scope"
    workspaces_claim: Name = "workspaces"
    max_lifetime: int = Field(3600, ge=60, le=MAX_LIFETIME_S)

    @model_validator(mode="after")
    def _has_keys_of_one_kind(self) -> Self:
        if (self.jwks is None) == (self.public_key is None):
            raise ValueError("must have either `jwks` or `public_key`, and not both")
        if self.public_key is not None:
            _key_of_pem(self.public_key)
        return self

    def key(self, kid: object) -> bytes | None:
        """Return the raw public key for a token with `kid` in its header; None when no key fits.

        `kid` is None for a token whose header has none. A single key also serves tokens without a `kid`. A
        single key that has no `kid` itself serves every token.
        """
        if len(self._keys) == 1 and (kid is None or None in self._keys):
            return next(iter(self._keys.values()))
        return self._keys.get(kid) if isinstance(kid, str) else None

    @cached_property
    def _keys(self) -> dict[str | None, bytes]:
        if self.jwks is None:
            return {None: _key_of_pem(self.public_key or "")}
        return {key.kid: base64.urlsafe_b64decode(f"{key.x}=") for key in self.jwks.keys}


def _key_of_pem(text: str) -> bytes:
    found = PEM.fullmatch(text)
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        der = b""
    if not der.startswith(ED25519_PREFIX) or len(der) != len(ED25519_PREFIX) + KEY_BYTES:
        raise ValueError("`public_key` must be an Ed25519 public key, PEM (SubjectPublicKeyInfo)")
    return der.removeprefix(ED25519_PREFIX)
