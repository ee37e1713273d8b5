"""Multipart uploads to the filesystem: parts wait in a folder of their own until they are joined.

A digest of key and upload id names the folder, so neither of them can name any other folder.
"""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from chalicelib.core import ids
from chalicelib.core.errors import NotFound, not_found
from chalicelib.core.settings import Settings
from chalicelib.storage.content import content_mismatch
from chalicelib.storage.filesystem.signed_urls import expiry, signed_url
from chalicelib.storage.filesystem.tree import Tree, os_errors, write_over
from chalicelib.storage.keys import INCOMING, check_key
from chalicelib.storage.parts import Part, cut
from chalicelib.storage.protocol import CHUNK_BYTES, PartRequest, SignedRequest

PARTS_FOLDER = f"{INCOMING}parts"


class FilesystemMultipart:
    """The multipart half of the filesystem adapter."""

    def __init__(self, tree: Tree, settings: Settings) -> None:
        self._tree = tree
        self._settings = settings

    def start(self, key: str) -> str:
        """Start an upload and return its id."""
        upload_id = ids.new("upl")
        folder = self._folder(key, upload_id)
        with os_errors(key):
            folder.mkdir(parents=True)
        return upload_id

    def presign(self, key: str, upload_id: str, *, size: int) -> Sequence[PartRequest]:
        """Return a request for each part that is not stored yet with its right length."""
        folder = self._folder(key, upload_id)
        if not folder.is_dir():
            return self._nothing_left(key, size)
        missing = [part for part in self._parts(size) if not _is_stored(folder, part)]
        return [self._request(key, upload_id, part) for part in missing]

    def receive(self, key: str, upload_id: str, *, number: int, size: int, body: bytes) -> None:
        """Keep one part; a part that is sent again replaces the earlier one.

        Raises `Invalid` (CONTENT_MISMATCH) for another length, `NotFound` for an upload that has ended.
        """
        folder = self._folder(key, upload_id)
        if len(body) != size:
            raise content_mismatch()
        if not folder.is_dir():
            raise not_found()
        write_over(folder / _name(number), body)

    def complete(self, key: str, upload_id: str, *, size: int) -> bool:
        """Join the parts and return whether the object is whole.

        A second call finds the object and returns the same.
        """
        folder = self._folder(key, upload_id)
        if self._is_whole(key, size):
            return True
        parts = self._parts(size)
        if not all(_is_stored(folder, part) for part in parts):
            return False
        try:
            self._join(key, [folder / _name(part.number) for part in parts])
        except NotFound:
            return self._is_whole(key, size)
        self.abort(key, upload_id)
        return self._is_whole(key, size)

    def abort(self, key: str, upload_id: str) -> None:
        """Remove the parts; it is no error when the upload is gone."""
        shutil.rmtree(self._folder(key, upload_id), ignore_errors=True)

    def _folder(self, key: str, upload_id: str) -> Path:
        name = hashlib.sha256(f"{check_key(key)}\n{upload_id}".encode()).hexdigest()
        return self._tree.root / PARTS_FOLDER / name

    def _parts(self, size: int) -> list[Part]:
        return cut(size, self._settings.multipart_threshold_bytes)

    def _request(self, key: str, upload_id: str, part: Part) -> PartRequest:
        expires_at = expiry(self._settings.upload_url_ttl_s)
        parameters = {
            "key": key,
            "part": str(part.number),
            "size": str(part.length),
            "upload_id": upload_id,
        }
        url = signed_url(self._settings.public_url, "PUT", parameters, expires_at)
        request = SignedRequest("PUT", url, {"content-length": str(part.length)}, expires_at)
        return PartRequest(part.number, part.offset, part.length, request)

    def _join(self, key: str, paths: Sequence[Path]) -> None:
        with self._tree.create(key) as target:
            for path in paths:
                _append(path, target)

    def _is_whole(self, key: str, size: int) -> bool:
        found = self._tree.head(key)
        return found is not None and found.size == size

    def _nothing_left(self, key: str, size: int) -> Sequence[PartRequest]:
        if not self._is_whole(key, size):
            raise not_found()
        return []


def _append(path: Path, target: BinaryIO) -> None:
    try:
        source = path.open("rb")
    except FileNotFoundError as error:  # another caller joined the same parts and removed them
        raise not_found() from error
    with source:
        shutil.copyfileobj(source, target, CHUNK_BYTES)


def _name(number: int) -> str:
    return f"{number:05}"


def _is_stored(folder: Path, part: Part) -> bool:
    path = folder / _name(part.number)
    return path.is_file() and path.stat().st_size == part.length
