"""Another issuer of tokens, as the setting `HOLDFAST_EXTRA_ISSUER` names it: a name and its public keys.

Keys are Ed25519 and nothing else, so that no token can choose how it is checked. They stand in the
setting itself: nothing is fetched while a request waits, and nobody but the operator changes them.
"""

import base64
import binascii
import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from holdfast.api.schema import Entity

PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")  # what DER says of an Ed25519 key before its bytes
KEY_BYTES = 32
MAX_LIFETIME_S = 86_400
Name = Annotated[str, Field(min_length=1, max_length=200)]


def _absent(value: Any) -> None:
    if value is not None:
        raise ValueError("a private key has no place here; give the public one")


class JsonWebKey(Entity):
    """An Ed25519 public key (RFC 8037); `kid` is what a token's header names it by."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False)
    kid: Name | None = None
    use: Literal["sig"] | None = None
    alg: Literal["EdDSA", "Ed25519"] | None = None
    d: Annotated[None, BeforeValidator(_absent)] = None


class JsonWebKeySet(Entity):
    """The keys of an issuer; during a rotation the old one and the new one."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    keys: list[JsonWebKey] = Field(min_length=1, max_length=16)

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        kids = [key.kid for key in self.keys]
        if len(set(kids)) < len(kids) or (len(kids) > 1 and None in kids):
            raise ValueError("of several keys each needs a kid of its own")
        return self


class ExtraIssuer(Entity):
    """Whose tokens are taken beside our own, for whom they must be made, and what their claims are called.

    `max_lifetime` is the most seconds that may lie between a token's `iat` and its `exp`.
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
            raise ValueError("give either `jwks` or `public_key`")
        if self.public_key is not None:
            _raw_pem(self.public_key)
        return self

    def key(self, kid: object) -> bytes | None:
        """The raw public key for a token whose header has `kid` (None without one); None when none fits.

        A single key serves tokens without a `kid`; one that has no `kid` itself serves every token.
        """
        if len(self._keys) == 1 and (kid is None or None in self._keys):
            return next(iter(self._keys.values()))
        return self._keys.get(kid) if isinstance(kid, str) else None

    @cached_property
    def _keys(self) -> dict[str | None, bytes]:
        if self.jwks is None:
            return {None: _raw_pem(self.public_key or "")}
        return {key.kid: base64.urlsafe_b64decode(f"{key.x}=") for key in self.jwks.keys}


def _raw_pem(text: str) -> bytes:
    found = PEM.fullmatch(text)
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        der = b""
    if not der.startswith(ED25519_PREFIX) or len(der) != len(ED25519_PREFIX) + KEY_BYTES:
        raise ValueError("`public_key` must be an Ed25519 public key, PEM (SubjectPublicKeyInfo)")
    return der.removeprefix(ED25519_PREFIX)
