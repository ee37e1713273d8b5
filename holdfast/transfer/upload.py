"""The upload pipeline: hash 500 files, plan them, upload them, and prepare the next 500 meanwhile."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import httpx

from holdfast.api.uploads import MAX_PLAN_FILES
from holdfast.client.packages import Packages
from holdfast.client.transport import store_code, store_request
from holdfast.client.waiting import Pause
from holdfast.errors import Interrupted, StoreError
from holdfast.producers.tree import LocalFile
from holdfast.transfer.buffer import Buffer
from holdfast.transfer.hashing import Hashed, hashed, streamed
from holdfast.transfer.observer import Observer
from holdfast.transfer.plan import Batch, Piece, UploadRequest

RENEWALS = 3
# the number of batches at once: one is uploaded while the next is planned
DEPTH = 2


class Sending:
    """An upload of files into one package, each file once. The end of the `with` block stops the upload."""

    def __init__(self, packages: Packages, package_id: str, *, jobs: int, observer: Observer) -> None:
        self._packages = packages
        self._package_id = package_id
        self._observer = observer
        self._pause = Pause()
        self._buffer = Buffer()
        self._hashing = ThreadPoolExecutor(min(jobs, os.cpu_count() or 1), "hash")
        self._uploading = ThreadPoolExecutor(jobs, "upload")
        self._digests_sent: set[str] = set()
        self._failures: list[BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pause.stop()
        self._hashing.shutdown(cancel_futures=True)
        self._uploading.shutdown(cancel_futures=True)

    def send(self, files: Sequence[LocalFile]) -> Iterator[Hashed]:
        """Upload all files, and yield each file with its hash, in order.

        When the iteration ends, all files are in the store. The first failure stops the rest. Raises
        `LocalError`, `StoreError`, `ApiError`, `Unreachable`.
        """
        try:
            yield from self._batches(files)
        except Interrupted:
            raise self._failures[0] from None

    def _batches(self, files: Sequence[LocalFile]) -> Iterator[Hashed]:
        under_way: deque[list[Future[None]]] = deque()
        for start in range(0, len(files), MAX_PLAN_FILES):
            ready = list(self._hashing.map(self._hash, files[start : start + MAX_PLAN_FILES]))
            under_way.append(self._start(ready))
            yield from ready
            del ready  # else the bytes of these files stay in memory while the next are read
            if len(under_way) == DEPTH:
                _finish(under_way.popleft())
        while under_way:
            _finish(under_way.popleft())

    def _hash(self, file: LocalFile) -> Hashed:
        return hashed(file, self._buffer, self._pause)

    def _start(self, ready: list[Hashed]) -> list[Future[None]]:
        batch = Batch(self._packages, self._package_id, ready, self._pause)
        return [future for file in ready for future in self._start_file(batch, file)]

    def _start_file(self, batch: Batch, file: Hashed) -> list[Future[None]]:
        self._buffer.depart(file.kept_bytes)
        pieces = batch.pieces(file)
        if not pieces or self._sent_before(file, pieces):
            self._settle(batch, file)
            self._observer.advanced(file.file.stamp.size)
            return []
        if pieces[0].number is not None:
            self._buffer.release(file.kept_bytes)
        futures = [self._uploading.submit(self._send, batch, piece) for piece in pieces]
        for future in futures:
            future.add_done_callback(self._report_sent)
        return futures

    def _sent_before(self, file: Hashed, pieces: list[Piece]) -> bool:
        # files of equal content share one object, unless they are uploaded in parts
        whole = pieces[0].number is None
        known = whole and file.sha256 in self._digests_sent
        self._digests_sent.add(file.sha256)
        return known

    def _send(self, batch: Batch, piece: Piece) -> None:
        try:
            self._deliver(batch, piece)
        finally:
            # a part is not in the buffer, and other parts of its file may need a renewal
            if piece.number is None:
                self._settle(batch, piece.hashed)

    def _deliver(self, batch: Batch, piece: Piece) -> None:
        order = batch.timely_order(piece)
        for _ in range(RENEWALS):
            if order is None:
                return
            response = self._put(order, piece)
            if response.is_success or response.status_code == httpx.codes.PRECONDITION_FAILED:
                self._observer.advanced(order.length)
                return
            if response.status_code != httpx.codes.FORBIDDEN:
                raise _refused(piece, response)
            batch.renew(order, piece)
            order = batch.order(piece)
        raise _refused(piece, response)

    def _put(self, order: UploadRequest, piece: Piece) -> httpx.Response:
        return self._packages.transport.store(lambda: self._request(order, piece), pause=self._pause)

    def _request(self, order: UploadRequest, piece: Piece) -> httpx.Request:
        self._pause.check()
        file, body = piece.hashed.file, piece.hashed.body
        content = streamed(file, order.offset, order.length, self._pause) if body is None else body
        headers = {**order.headers, "content-length": str(order.length)}
        return store_request(order.method, order.url, headers, content)

    def _settle(self, batch: Batch, file: Hashed) -> None:
        batch.sent(file)
        self._buffer.release(file.kept_bytes)

    def _report_sent(self, future: Future[None]) -> None:
        failure = None if future.cancelled() else future.exception()
        if failure:
            self._failures.append(failure)
            self._pause.stop()


def _finish(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result()


def _refused(piece: Piece, response: httpx.Response) -> StoreError:
    path = piece.hashed.file.path
    return StoreError(
        "UPLOAD_REFUSED",
        f"The store refused {path}: {response.status_code} {store_code(response)}.".replace(" .", "."),
        path=path,
        status=response.status_code,
    )
