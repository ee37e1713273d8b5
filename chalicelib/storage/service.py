"""Which adapter keeps the bytes, and the two doors through which a signed URL reaches the filesystem."""

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
    """The adapter that `HOLDFAST_STORAGE` names, made once; boto3 is imported only when it is `s3`."""
    current = settings()
    if current.storage is StorageKind.FILESYSTEM:
        from chalicelib.storage.filesystem.storage import FilesystemStorage

        return FilesystemStorage(current)
    from chalicelib.storage.s3.storage import S3Storage

    return S3Storage(current)


def accept_upload(parameters: Mapping[str, str], body: bytes) -> None:
    """Store `body` as a signed upload URL permits; see `FilesystemStorage.accept_upload`.

    Raises `NotFound` when the bytes are kept elsewhere: clients then send them to the store itself.
    """
    _served().accept_upload(parameters, body)


def open_download(parameters: Mapping[str, str]) -> "Download":
    """What a signed download URL fetches; see `FilesystemStorage.open_download`.

    Raises `NotFound` when the bytes are kept elsewhere.
    """
    return _served().open_download(parameters)


def _served() -> "FilesystemStorage":
    from chalicelib.storage.filesystem.storage import FilesystemStorage

    adapter = storage()
    if not isinstance(adapter, FilesystemStorage):
        raise not_found()
    return adapter
