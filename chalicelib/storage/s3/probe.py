"""The probe: small uploads that show which promises a store enforces (docs/concepts/storage-enforcement.md).

The uploads have the form of a client's upload. Some of them are false, and the store ought to refuse them.
Each upload has one false value only: where the payload hash is false, the checksum is true, so a refusal has
one cause. A correct upload goes first, since a store that refuses everything proves nothing.
"""

import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from chalicelib.storage.s3.errors import unavailable
from chalicelib.storage.s3.signing import CHECKSUM, CREATE_ONLY, PAYLOAD_HASH, checksum, put_headers

BYTES = b"These are the declared bytes."
OTHER = b"These are not declared bytes."  # of the same length, so that only the content is wrong

Attempt = Callable[[str, Mapping[str, str], bytes], int]


class Enforcement(NamedTuple):
    """The promises of an upload request that the store itself keeps.

    `signs_payload` is false for a store that does not accept a payload hash as part of a presigned signature.
    Such a store refuses each request with a payload hash, so uploads to it leave the hash out.
    """

    payload_hash: bool
    checksum: bool
    create_only: bool
    signs_payload: bool = True

    @property
    def proves_content(self) -> bool:
        """True when the store refuses bytes other than the declared ones."""
        return self.payload_hash or self.checksum

    def bound(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the `headers` of an upload with those proofs and conditions that this store can take."""
        taken = {name: value for name, value in headers.items() if self.signs_payload or name != PAYLOAD_HASH}
        return {**taken, **CREATE_ONLY} if self.create_only else taken


def probe(attempt: Attempt, folder: str) -> Enforcement:
    """Send a few small uploads under `folder` through `attempt(key, headers, body) -> HTTP status`.

    Raises `Unavailable` when the store refuses even a correct upload. The caller removes the objects.
    """
    declared = _sha256(BYTES)
    honest = put_headers(size=len(BYTES), sha256=declared, media_type="text/plain")
    signs_payload = attempt(f"{folder}/signed", honest, BYTES) != HTTPStatus.FORBIDDEN
    if not signs_payload:
        del honest[PAYLOAD_HASH]
    create_only = _creates_only(attempt, f"{folder}/honest", honest)
    false_payload = {**honest, CHECKSUM: checksum(_sha256(OTHER))}
    false_checksum = {**honest, PAYLOAD_HASH: _sha256(OTHER)} if signs_payload else honest
    return Enforcement(
        payload_hash=signs_payload and _is_refusal(attempt(f"{folder}/false-payload", false_payload, OTHER)),
        checksum=_is_refusal(attempt(f"{folder}/false-checksum", false_checksum, OTHER)),
        create_only=create_only,
        signs_payload=signs_payload,
    )


def _creates_only(attempt: Attempt, key: str, headers: Mapping[str, str]) -> bool:
    conditional = {**headers, **CREATE_ONLY}
    if attempt(key, conditional, BYTES) != HTTPStatus.OK:
        _demand_success(attempt(key, headers, BYTES))
        return False
    return attempt(key, conditional, BYTES) == HTTPStatus.PRECONDITION_FAILED


def _demand_success(status: int) -> None:
    if status != HTTPStatus.OK:
        raise unavailable(
            f"The object store refuses a correct upload with status {status};"
            " check the bucket, the credentials and the region."
        )


def _is_refusal(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
