"""The filesystem adapter, for development, tests and Lambda with EFS: the service carries the bytes."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from chalicelib.core.settings import Settings
from chalicelib.storage.content import copy_proven
from chalicelib.storage.filesystem.conformance import FilesystemConformance
from chalicelib.storage.filesystem.multipart import FilesystemMultipart
from chalicelib.storage.filesystem.signed_urls import expiry, signed_url, verify
from chalicelib.storage.filesystem.tree import Tree
from chalicelib.storage.health import round_trip
from chalicelib.storage.keys import check_key
from chalicelib.storage.models import ConformanceReport
from chalicelib.storage.protocol import (
    Disposed,
    Grant,
    Health,
    Lock,
    PartRequest,
    SignedRequest,
    StoredObject,
)


class Download(NamedTuple):
    """The object that a signed download URL names: its bytes, and how a browser saves it."""

    chunks: Iterator[bytes]
    media_type: str
    filename: str


class FilesystemStorage:
    """Keeps bytes in files below one folder, as `protocol.Storage` promises."""

    backend = "filesystem"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tree = Tree(Path(settings.filesystem_root))
        self._multipart = FilesystemMultipart(self._tree, settings)

    def put(self, key: str, stream: BinaryIO, size: int, sha256: str) -> None:
        """See `Storage.put`."""
        with self._tree.create(key) as target:
            copy_proven(stream, target, size=size, sha256=sha256)

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `Storage.get`."""
        return self._tree.read(key, start, end)

    def head(self, key: str) -> StoredObject | None:
        """See `Storage.head`."""
        return self._tree.head(key)

    def dispose(self, grant: Grant) -> Disposed:
        """See `Storage.dispose`. A file has one version."""
        return Disposed(grant.key, int(self._tree.delete(grant.key)))

    def absent(self, key: str) -> bool:
        """See `Storage.absent`."""
        return self._tree.head(key) is None

    def lock(self, key: str, lock: Lock) -> None:  # noqa: ARG002  files keep no locks
        """See `Storage.lock`. Files keep no locks, so nothing happens."""
        check_key(key)

    def lock_of(self, key: str) -> None:
        """See `Storage.lock_of`. Files keep no locks."""
        check_key(key)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """See `Storage.list`."""
        return self._tree.list(prefix)

    def presign_put(self, key: str, *, size: int, sha256: str, media_type: str) -> SignedRequest:
        """See `Storage.presign_put`."""
        parameters = {"key": check_key(key), "sha256": sha256, "size": str(size)}
        headers = {"content-length": str(size), "content-type": media_type}
        expires_at = expiry(self._settings.upload_url_ttl_s)
        url = signed_url(self._settings.public_url, "PUT", parameters, expires_at)
        return SignedRequest("PUT", url, headers, expires_at)

    def presign_drop(self, key: str, *, media_type: str) -> SignedRequest:
        """See `Storage.presign_drop`."""
        expires_at = expiry(self._settings.upload_url_ttl_s)
        parameters = {"drop": "whole", "key": check_key(key)}
        url = signed_url(self._settings.public_url, "PUT", parameters, expires_at)
        return SignedRequest("PUT", url, {"content-type": media_type}, expires_at)

    def presign_get(self, key: str, *, filename: str, media_type: str) -> SignedRequest:
        """See `Storage.presign_get`."""
        parameters = {"filename": filename, "key": check_key(key), "media_type": media_type}
        expires_at = expiry(self._settings.download_url_ttl_s)
        url = signed_url(self._settings.public_url, "GET", parameters, expires_at)
        return SignedRequest("GET", url, {}, expires_at)

    def accept_upload(self, parameters: Mapping[str, str], body: bytes) -> None:
        """Store `body` as the signed URL with these query parameters permits: an object, or one part of it.

        Raises `Unauthenticated` for a URL that Holdfast did not sign or that has expired, `Invalid`
        (CONTENT_MISMATCH) for bytes other than the declared ones, `NotFound` for a part of an upload that has
        ended.
        """
        allowed = verify("PUT", parameters)
        if "part" in allowed:
            self._receive_part(allowed, body)
        elif "drop" in allowed:
            self.put(allowed["key"], io.BytesIO(body), len(body), hashlib.sha256(body).hexdigest())
        else:
            self.put(allowed["key"], io.BytesIO(body), int(allowed["size"]), allowed["sha256"])

    def open_download(self, parameters: Mapping[str, str]) -> Download:
        """Return the object that the signed URL with these query parameters fetches.

        Raises `Unauthenticated` for a URL that Holdfast did not sign or that has expired, `NotFound` for an
        absent object.
        """
        allowed = verify("GET", parameters)
        return Download(self.get(allowed["key"]), allowed["media_type"], allowed["filename"])

    def start_multipart(self, key: str, *, media_type: str) -> str:  # noqa: ARG002  files have no media type
        """See `Storage.start_multipart`."""
        return self._multipart.start(key)

    def presign_parts(self, key: str, upload_id: str, *, size: int) -> Sequence[PartRequest]:
        """See `Storage.presign_parts`."""
        return self._multipart.presign(key, upload_id, size=size)

    def complete_multipart(self, key: str, upload_id: str, *, size: int) -> bool:
        """See `Storage.complete_multipart`."""
        return self._multipart.complete(key, upload_id, size=size)

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """See `Storage.abort_multipart`."""
        self._multipart.abort(key, upload_id)

    def proves_uploads(self) -> bool:
        """See `Storage.proves_uploads`. Always true: the service hashes the bytes before they are visible."""
        return True

    def certify(self) -> ConformanceReport:
        """See `Storage.certify`."""
        return FilesystemConformance(self, self._settings.namespace, remove=self._tree.delete).run()

    def health(self) -> Health:
        """See `Storage.health`."""
        return round_trip(self, self._settings.namespace, self._tree.delete)

    def _receive_part(self, allowed: Mapping[str, str], body: bytes) -> None:
        number, size = int(allowed["part"]), int(allowed["size"])
        self._multipart.receive(allowed["key"], allowed["upload_id"], number=number, size=size, body=body)
