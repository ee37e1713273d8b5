"""The choice of the adapter, and the two functions behind the signed URLs of the filesystem adapter."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core.errors import not_found
from chalicelib.core.settings import StorageKind, settings
from chalicelib.storage.protocol import Storage

if TYPE_CHECKING:
    from chalicelib.storage.filesystem.storage import Download, FilesystemStorage


@lru_cache
def storage() -> Storage:
    """Return the adapter that `HOLDFAST_STORAGE` names. It is made once, and only `s3` imports boto3."""
    current = settings()
    if current.storage is StorageKind.FILESYSTEM:
        from chalicelib.storage.filesystem.storage import FilesystemStorage

        return FilesystemStorage(current)
    from chalicelib.storage.s3.storage import S3Storage

    return S3Storage(current)


def accept_upload(parameters: Mapping[str, str], body: bytes) -> None:
    """Store `body` as a signed upload URL permits; see `FilesystemStorage.accept_upload`.

    Raises `NotFound` when another adapter keeps the bytes: clients then send them to the store itself.
    """
    _filesystem_adapter().accept_upload(parameters, body)


def open_download(parameters: Mapping[str, str]) -> "Download":
    """Return the object that a signed download URL names; see `FilesystemStorage.open_download`.

    Raises `NotFound` when another adapter keeps the bytes.
    """
    return _filesystem_adapter().open_download(parameters)


def _filesystem_adapter() -> "FilesystemStorage":
    from chalicelib.storage.filesystem.storage import FilesystemStorage

    adapter = storage()
    if not isinstance(adapter, FilesystemStorage):
        raise not_found()
    return adapter
