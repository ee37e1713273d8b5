"""Attacks on a canary in the filesystem. The service itself must refuse them."""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from chalicelib.core import ids
from chalicelib.core.errors import Invalid
from chalicelib.storage.conformance import FIRST, RACERS, SECOND, Seen, finding, not_applicable, race
from chalicelib.storage.keys import probe_folder
from chalicelib.storage.models import ConformanceReport
from chalicelib.storage.protocol import SignedRequest, Storage
from holdfast.api.storage import Claim, Finding

TEXT = "text/plain"


class UploadStorage(Storage, Protocol):
    """A storage that itself receives the uploads that its URLs permit."""

    def accept_upload(self, parameters: Mapping[str, str], body: bytes) -> None:
        """Store `body` as the signed URL with these query parameters permits."""


class FilesystemConformance:
    """One canary: files whose names nothing else has; `remove(key)` is the adapter's own removal."""

    def __init__(self, storage: UploadStorage, namespace: str, *, remove: Callable[[str], object]) -> None:
        self._storage = storage
        self._prefix = f"{probe_folder(namespace)}/{ids.new('canary')}"
        self._remove = remove
        self._keys: list[str] = []

    def run(self) -> ConformanceReport:
        """Carry out every attack, then remove the canary."""
        try:
            findings = self._findings()
        finally:
            for key in self._keys:
                self._remove(key)
        return ConformanceReport(findings, [key for key in self._keys if not self._storage.absent(key)])

    def _findings(self) -> Sequence[Finding]:
        return [
            finding(Claim.OVERWRITE, self._overwrite),
            finding(Claim.RACE, self._race),
            *not_applicable("A signed upload URL carries one digest only, the payload hash.", Claim.CHECKSUM),
            finding(Claim.PAYLOAD_HASH, self._other_bytes),
            *not_applicable("Files keep no locks.", Claim.DELETE_UNDER_LOCK, Claim.SHORTENED_LOCK),
            finding(Claim.MULTIPART, self._multipart),
        ]

    def _overwrite(self) -> Seen:
        key = self._new_key("overwrite")
        self._put(key, FIRST)
        self._put(key, SECOND)
        kept = self._read(key) == FIRST
        return kept, f"A second write {'left' if kept else 'replaced'} the first bytes."

    def _race(self) -> Seen:
        key = self._new_key("race")
        race(lambda body: self._put(key, body))
        first = self._read(key)
        race(lambda body: self._put(key, body))
        kept = self._read(key) == first
        return (
            kept,
            f"Of {RACERS} writes at once one was kept{'' if kept else ', and replaced by later ones'}.",
        )

    def _other_bytes(self) -> Seen:
        request = self._presigned(self._new_key("lie"), FIRST)
        try:
            self._send(request, SECOND)
        except Invalid:
            return True, "An upload of bytes other than the signed ones was refused."
        return False, "An upload of bytes other than the signed ones was stored."

    def _multipart(self) -> Seen:
        key = self._new_key("parts")
        self._put(key, FIRST)
        upload_id = self._storage.start_multipart(key, media_type=TEXT)
        for part in self._storage.presign_parts(key, upload_id, size=len(SECOND)):
            self._send(part.request, SECOND)
        self._storage.complete_multipart(key, upload_id, size=len(SECOND))
        self._storage.abort_multipart(key, upload_id)
        kept = self._read(key) == FIRST
        return kept, f"Joined parts {'left' if kept else 'replaced'} the object that was there."

    def _new_key(self, name: str) -> str:
        self._keys.append(f"{self._prefix}-{name}")
        return self._keys[-1]

    def _put(self, key: str, data: bytes) -> None:
        self._storage.put(key, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())

    def _read(self, key: str) -> bytes:
        return b"".join(self._storage.get(key))

    def _presigned(self, key: str, data: bytes) -> SignedRequest:
        sha256 = hashlib.sha256(data).hexdigest()
        return self._storage.presign_put(key, size=len(data), sha256=sha256, media_type=TEXT)

    def _send(self, request: SignedRequest, body: bytes) -> None:
        self._storage.accept_upload(dict(parse_qsl(urlsplit(request.url).query)), body)
