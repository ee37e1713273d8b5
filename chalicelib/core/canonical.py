"""Canonical JSON (RFC 8785) and digests: equal content has equal bytes and so an equal digest."""

import hashlib
from typing import Any

import rfc8785

NotExact = rfc8785.CanonicalizationError


def encode(value: Any) -> bytes:
    """Return `value`, which consists of JSON types only, as canonical JSON.

    Raises `NotExact` for a value that JSON cannot carry exactly: an integer beyond 2**53, NaN, a lone
    surrogate.
    """
    try:
        return rfc8785.dumps(value)
    except UnicodeEncodeError as error:  # the library raises this for a surrogate in a key
        raise NotExact("a key holds a lone surrogate") from error


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Return the digest of `value`: `sha256:` and the hex SHA-256 of its canonical JSON."""
    return f"sha256:{sha256_hex(encode(value))}"
