"""Canonical JSON (RFC 8785) and digests: equal content gives equal bytes gives an equal digest."""

import hashlib
from typing import Any

import rfc8785

NotExact = rfc8785.CanonicalizationError


def encode(value: Any) -> bytes:
    """`value`, made of JSON types only, as canonical JSON.

    Raises `NotExact` for what JSON cannot carry exactly: integers beyond
    2**53, NaN, lone surrogates.
    """
    try:
        return rfc8785.dumps(value)
    except UnicodeEncodeError as error:  # what the library raises for a surrogate in a key
        raise NotExact("a key holds a lone surrogate") from error


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data`, 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """`sha256:` and the hex SHA-256 of the canonical JSON of `value`."""
    return f"sha256:{sha256_hex(encode(value))}"
