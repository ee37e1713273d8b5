"""The S3 adapter, for AWS S3 and any store with its API. A probe finds out which proofs a store enforces."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, timedelta
from functools import cached_property
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import ClientError

from chalicelib.core import clock, ids
from chalicelib.core.errors import NotFound, Unavailable, not_found
from chalicelib.core.settings import Integrity, Settings
from chalicelib.storage.attachment import attachment
from chalicelib.storage.content import copy_proven
from chalicelib.storage.health import round_trip
from chalicelib.storage.keys import check_key, check_prefix, probe_folder
from chalicelib.storage.models import ConformanceReport
from chalicelib.storage.protocol import (
    CHUNK_BYTES,
    Disposed,
    Grant,
    Health,
    Lock,
    PartRequest,
    SignedRequest,
    StoredObject,
)
from chalicelib.storage.s3.bucket import open_bucket, send_presigned
from chalicelib.storage.s3.conformance import S3Conformance
from chalicelib.storage.s3.errors import s3_errors, status_of
from chalicelib.storage.s3.multipart import S3Multipart
from chalicelib.storage.s3.probe import Enforcement, probe
from chalicelib.storage.s3.signing import CREATE_ONLY, Operation, checksum, put_headers
from chalicelib.storage.s3.versions import S3Versions
from holdfast.api.codes import STORE_PROVES_NOTHING

if TYPE_CHECKING:
    from botocore.response import StreamingBody


SPOOL_BYTES = 8 * 1024 * 1024
LIST_PAGE_KEYS = 1000
_OCCUPIED = frozenset({HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT})


class S3Storage:
    """Keeps bytes in one bucket, as `protocol.Storage` promises. Makes no request until it is used."""

    backend = "s3"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._bucket = open_bucket(settings)
        self._client = self._bucket.client
        self._multipart = S3Multipart(self._bucket, self.head)
        self._versions = S3Versions(self._bucket)

    def put(self, key: str, stream: BinaryIO, size: int, sha256: str) -> None:
        """See `Storage.put`. The bytes are proven here first: our own writes rely on no store."""
        check_key(key)
        with SpooledTemporaryFile(max_size=SPOOL_BYTES) as body:
            proven = cast("BinaryIO", body)
            copy_proven(stream, proven, size=size, sha256=sha256)
            body.seek(0)
            self._create(key, proven, size, sha256)

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `Storage.get`."""
        check_key(key)
        if end is not None and end <= start:
            return self._empty_range(key)
        body = self._open(key, f"bytes={start}-{'' if end is None else end - 1}")
        return _chunks(body) if body else iter(())

    def head(self, key: str) -> StoredObject | None:
        """See `Storage.head`."""
        try:
            with s3_errors():
                answer = self._client.head_object(Bucket=self._bucket.name, Key=check_key(key))
        except NotFound:
            return None
        return StoredObject(key, answer["ContentLength"], answer["LastModified"].astimezone(UTC))

    def dispose(self, grant: Grant) -> Disposed:
        """See `Storage.dispose`."""
        return Disposed(grant.key, self._versions.remove(check_key(grant.key)))

    def absent(self, key: str) -> bool:
        """See `Storage.absent`."""
        return not any(version.holds_bytes for version in self._versions.of(check_key(key)))

    def lock(self, key: str, lock: Lock) -> None:
        """See `Storage.lock`."""
        check_key(key)
        if self.settings.s3_object_lock:
            self._versions.lock(key, lock)

    def lock_of(self, key: str) -> Lock | None:
        """See `Storage.lock_of`."""
        check_key(key)
        return self._versions.lock_of(key) if self.settings.s3_object_lock else None

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """See `Storage.list`."""
        return self._list_pages(check_prefix(prefix))

    def presign_put(self, key: str, *, size: int, sha256: str, media_type: str) -> SignedRequest:
        """See `Storage.presign_put`. Both proofs and create-only are signed, where the store takes them."""
        headers = self.enforcement.bound(put_headers(size=size, sha256=sha256, media_type=media_type))
        return self._presign(Operation("PUT", check_key(key), headers), self.settings.upload_url_ttl_s)

    def presign_drop(self, key: str, *, media_type: str) -> SignedRequest:
        """See `Storage.presign_drop`."""
        headers = {"content-type": media_type, **(CREATE_ONLY if self.enforcement.create_only else {})}
        return self._presign(Operation("PUT", check_key(key), headers), self.settings.upload_url_ttl_s)

    def presign_get(self, key: str, *, filename: str, media_type: str) -> SignedRequest:
        """See `Storage.presign_get`."""
        query = {"response-content-disposition": attachment(filename), "response-content-type": media_type}
        operation = Operation("GET", check_key(key), query=query)
        return self._presign(operation, self.settings.download_url_ttl_s)

    def start_multipart(self, key: str, *, media_type: str) -> str:
        """See `Storage.start_multipart`."""
        return self._multipart.start(check_key(key), media_type=media_type)

    def presign_parts(self, key: str, upload_id: str, *, size: int) -> Sequence[PartRequest]:
        """See `Storage.presign_parts`."""
        return self._multipart.presign(check_key(key), upload_id, size=size)

    def complete_multipart(self, key: str, upload_id: str, *, size: int) -> bool:
        """See `Storage.complete_multipart`."""
        return self._multipart.complete(check_key(key), upload_id, size=size)

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """See `Storage.abort_multipart`."""
        self._multipart.abort(check_key(key), upload_id)

    def proves_uploads(self) -> bool:
        """See `Storage.proves_uploads`. With `readback` it is false, whatever the store enforces."""
        return self.settings.s3_integrity is Integrity.STORE and self.enforcement.proves_content

    def certify(self) -> ConformanceReport:
        """See `Storage.certify`."""
        return S3Conformance(self._bucket, self._versions).run()

    def health(self) -> Health:
        """See `Storage.health`."""
        return round_trip(self, self.settings.namespace, self._versions.remove)

    @cached_property
    def enforcement(self) -> Enforcement:
        """The promises that this store enforces. One probe per process finds out, on first need.

        A failed probe is tried again. The probe removes its objects. If the store fails meanwhile they stay,
        in a folder of their own, and do no harm. Raises `Unavailable` (STORE_PROVES_NOTHING) when the
        settings rely on proofs that the store ignores.
        """
        found = self._probe()
        if self.settings.s3_integrity is Integrity.STORE and not found.proves_content:
            raise Unavailable(
                STORE_PROVES_NOTHING,
                "The object store accepted wrong bytes; set HOLDFAST_S3_INTEGRITY=readback.",
            )
        return found

    def _probe(self) -> Enforcement:
        folder = f"{probe_folder(self.settings.namespace)}/{ids.new('probe')}"
        found = probe(self._attempt, folder)
        self._versions.discard(f"{folder}/")
        return found

    def _attempt(self, key: str, headers: Mapping[str, str], body: bytes) -> int:
        return send_presigned(self._bucket, Operation("PUT", key, headers), body)

    def _create(self, key: str, body: BinaryIO, size: int, sha256: str) -> None:
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if self.enforcement.create_only else {}
        if not condition and self.head(key):
            return
        with s3_errors():
            try:
                self._client.put_object(
                    Bucket=self._bucket.name,
                    Key=key,
                    Body=body,
                    ContentLength=size,
                    ChecksumSHA256=checksum(sha256),
                    **condition,
                )
            except ClientError as error:
                # AWS answers 409 when another put of the same bytes is winning the race right now.
                if status_of(error) not in _OCCUPIED or not self.head(key):
                    raise

    def _open(self, key: str, span: str) -> "StreamingBody | None":
        with s3_errors():
            try:
                return self._client.get_object(Bucket=self._bucket.name, Key=key, Range=span)["Body"]
            except ClientError as error:
                # The object exists and ends before the range begins; an empty object always does.
                if status_of(error) != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    raise
        return None

    def _empty_range(self, key: str) -> Iterator[bytes]:
        if self.head(key) is None:
            raise not_found()
        return iter(())

    def _list_pages(self, prefix: str) -> Iterator[StoredObject]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket.name, Prefix=prefix, PaginationConfig={"PageSize": LIST_PAGE_KEYS}
        )
        with s3_errors():
            for page in pages:
                for item in page.get("Contents", []):
                    yield StoredObject(item["Key"], item["Size"], item["LastModified"].astimezone(UTC))

    def _presign(self, operation: Operation, lifetime_s: int) -> SignedRequest:
        url = self._bucket.signer.url(operation, expires_s=lifetime_s)
        expires_at = clock.now() + timedelta(seconds=lifetime_s)
        return SignedRequest(operation.method, url, dict(operation.headers), expires_at)


def _chunks(body: "StreamingBody") -> Iterator[bytes]:
    with s3_errors(), closing(body):
        while chunk := body.read(CHUNK_BYTES):
            yield chunk
