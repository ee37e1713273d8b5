"""Download one file of a package from storage as a stream. Start again when the connection breaks."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import httpx

from holdfast.api.manifests import ManifestFile
from holdfast.client.packages import Packages
from holdfast.client.retries import backoff_s
from holdfast.client.transport import store_code, store_request
from holdfast.client.waiting import Pause
from holdfast.errors import StoreError, Unreachable

Taken = TypeVar("Taken")

TRIES = 4
ANYTHING = {"accept": "*/*"}
CHUNK_BYTES = 256 * 1024


class Gone(StoreError):
    """The store has no bytes for the file."""


def fetch(
    packages: Packages,
    package_id: str,
    file: ManifestFile,
    *,
    take: Callable[[Iterator[bytes]], Taken],
    pause: Pause,
) -> Taken:
    """Pass the file's bytes to `take` and return its result.

    After a broken connection, `take` is called again, from the first byte. The stream ends soon after the
    size in the manifest, even when the store sends more. Raises `Gone` when the store has no bytes,
    `StoreError` when it refuses, `ApiError`, `Unreachable`.
    """
    for attempt in range(TRIES):
        # each attempt requests a new address, which is valid for a few minutes only
        address = packages.download(package_id, file.path, pause=pause).url
        request = partial(store_request, "GET", address, ANYTHING)
        response = packages.transport.store(request, pause=pause, stream=True)
        try:
            _check(response, file.path)
            return take(_capped(response.iter_bytes(CHUNK_BYTES), file.size))
        except httpx.RequestError:
            pause.wait(backoff_s(attempt))
        finally:
            response.close()
    raise Unreachable(
        "UNREACHABLE", f"The connection to the store broke {TRIES} times during the download of {file.path}."
    )


def _capped(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        size -= len(chunk)
        if size < 0:
            return


def _check(response: httpx.Response, path: str) -> None:
    if response.is_success:
        return
    response.read()
    code = store_code(response)
    if response.status_code == httpx.codes.NOT_FOUND:
        raise Gone("GONE", f"The store has no bytes for {path}.", path=path)
    raise StoreError(
        "DOWNLOAD_REFUSED", f"The store refused {path}: {response.status_code} {code}", path=path
    )
