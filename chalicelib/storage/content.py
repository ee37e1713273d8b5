"""The proof of bytes on our own side: they are hashed and counted while they are copied, never twice."""

import hashlib
from typing import BinaryIO

from chalicelib.core.errors import Invalid
from chalicelib.storage.protocol import CHUNK_BYTES
from holdfast.api.codes import CONTENT_MISMATCH


def copy_proven(source: BinaryIO, target: BinaryIO, *, size: int, sha256: str) -> None:
    """Copy `source` to `target`, at most `size` + 1 bytes of it, hashing each chunk on its way.

    Raises `Invalid` (CONTENT_MISMATCH) when the bytes are not `size` many or do not hash to `sha256` (hex);
    `target` is then worthless and must be thrown away.
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
    """The one error for bytes that are not the declared ones; it says nothing of what they are."""
    return Invalid(
        CONTENT_MISMATCH, "The bytes do not have the declared SHA-256 and size; nothing is stored."
    )
