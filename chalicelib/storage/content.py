"""The proof of bytes on our own side: they are hashed and counted while they are copied, never twice."""

import hashlib
from typing import BinaryIO

from chalicelib.core.errors import Invalid
from chalicelib.storage.protocol import CHUNK_BYTES
from holdfast.api.codes import CONTENT_MISMATCH


def copy_proven(source: BinaryIO, target: BinaryIO, *, size: int, sha256: str) -> None:
    """Copy `source` to `target` and prove its size and SHA-256 on the way.

    At most `size` + 1 bytes are copied. Raises `Invalid` (CONTENT_MISMATCH) when there are not exactly `size`
    bytes or they do not hash to `sha256` (hex); the caller must then discard `target`.
    """
    digest = hashlib.sha256()
    copied = 0
    while chunk := source.read(min(CHUNK_BYTES, size + 1 - copied)):
        digest.update(chunk)
        target.write(chunk)
        copied += len(chunk)
    if copied != size or digest.hexdigest() != sha256:
        raise content_mismatch()


def content_mismatch() -> Invalid:
    """Return the one error for bytes that are not the declared ones; it does not describe the sent bytes."""
    return Invalid(
        CONTENT_MISMATCH, "The bytes do not have the declared SHA-256 and size; nothing is stored."
    )
