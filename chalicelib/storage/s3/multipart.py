"""Multipart uploads to S3. The store remembers the parts, so an interrupted upload can be resumed.

Parts carry no digest, since the digest of the file does not prove a part. So a joined object is read back and
hashed before finalize accepts it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.core import clock
from chalicelib.core.errors import NotFound, not_found
from chalicelib.storage.parts import Part, cut
from chalicelib.storage.protocol import PartRequest, SignedRequest, StoredObject
from chalicelib.storage.s3.bucket import Bucket
from chalicelib.storage.s3.errors import GONE_UPLOAD, code_of, s3_errors
from chalicelib.storage.s3.signing import Operation

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


class StoredPart(NamedTuple):
    """One part as the store has it; `size` in bytes."""

    size: int
    etag: str


class S3Multipart:
    """The multipart half of the S3 adapter; the other half checks the keys."""

    def __init__(self, bucket: Bucket, head: Callable[[str], StoredObject | None]) -> None:
        self._name, self._client, self._signer, self._settings = bucket
        self._head = head

    def start(self, key: str, *, media_type: str) -> str:
        """Start an upload and return the store's id for it."""
        with s3_errors():
            answer = self._client.create_multipart_upload(Bucket=self._name, Key=key, ContentType=media_type)
        return answer["UploadId"]

    def presign(self, key: str, upload_id: str, *, size: int) -> Sequence[PartRequest]:
        """Return a request for each part that is not stored yet with its right length (see ListParts)."""
        stored = self._stored_parts(key, upload_id)
        if stored is None:
            return self._nothing_left(key, size)
        missing = [part for part in self._parts(size) if not _is_stored(part, stored)]
        return [self._request(key, upload_id, part) for part in missing]

    def complete(self, key: str, upload_id: str, *, size: int) -> bool:
        """Join the parts and return whether the object is whole.

        A second call finds the object and returns the same.
        """
        stored = self._stored_parts(key, upload_id)
        if stored is None:
            return self._is_whole(key, size)
        parts = self._parts(size)
        if not all(_is_stored(part, stored) for part in parts):
            return False
        self._join(key, upload_id, [{"PartNumber": p.number, "ETag": stored[p.number].etag} for p in parts])
        return self._is_whole(key, size)

    def abort(self, key: str, upload_id: str) -> None:
        """Remove the parts; it is no error when the upload is gone."""
        try:
            with s3_errors():
                self._client.abort_multipart_upload(Bucket=self._name, Key=key, UploadId=upload_id)
        except NotFound:
            return

    def _stored_parts(self, key: str, upload_id: str) -> dict[int, StoredPart] | None:
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._name, Key=key, UploadId=upload_id
        )
        try:
            with s3_errors():
                parts = [part for page in pages for part in page.get("Parts", [])]
        except NotFound:
            return None
        return {part["PartNumber"]: StoredPart(part["Size"], part["ETag"]) for part in parts}

    def _join(self, key: str, upload_id: str, parts: "list[CompletedPartTypeDef]") -> None:
        with s3_errors():
            try:
                self._client.complete_multipart_upload(
                    Bucket=self._name, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
                )
            except ClientError as error:
                # Another caller joined the same parts between our two requests.
                if code_of(error) not in GONE_UPLOAD:
                    raise

    def _request(self, key: str, upload_id: str, part: Part) -> PartRequest:
        lifetime_s = self._settings.upload_url_ttl_s
        headers = {"content-length": str(part.length)}
        query = {"partNumber": str(part.number), "uploadId": upload_id}
        url = self._signer.url(Operation("PUT", key, headers, query), expires_s=lifetime_s)
        request = SignedRequest("PUT", url, headers, clock.now() + timedelta(seconds=lifetime_s))
        return PartRequest(part.number, part.offset, part.length, request)

    def _is_whole(self, key: str, size: int) -> bool:
        found = self._head(key)
        return found is not None and found.size == size

    def _nothing_left(self, key: str, size: int) -> Sequence[PartRequest]:
        if not self._is_whole(key, size):
            raise not_found()
        return []

    def _parts(self, size: int) -> list[Part]:
        return cut(size, self._settings.multipart_threshold_bytes)


def _is_stored(part: Part, stored: dict[int, StoredPart]) -> bool:
    return part.number in stored and stored[part.number].size == part.length
