"""Upload plans of up to 500 files. Instructions that expire are renewed together."""

from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

from holdfast.api.uploads import DeclaredFile, UploadInstruction
from holdfast.client.packages import Packages
from holdfast.client.waiting import Pause
from holdfast.errors import ApiError
from holdfast.transfer.hashing import Hashed


class UploadRequest(NamedTuple):
    """One upload request to the store: bytes `[offset, offset + length)` of a file, until `expires_at`."""

    method: str
    url: str
    headers: dict[str, str]
    offset: int
    length: int
    expires_at: datetime | None

    def looks_late(self) -> bool:
        """Return whether the request has expired by the local clock, which may be wrong."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class Piece(NamedTuple):
    """The content of one request: a whole file, or the part of the file with this number."""

    hashed: Hashed
    number: int | None


class Batch:
    """The upload plan of up to 500 files of one package. Threads may share it."""

    def __init__(self, packages: Packages, package_id: str, files: Sequence[Hashed], pause: Pause) -> None:
        self._packages = packages
        self._package_id = package_id
        self._pause = pause
        self._renewal = Lock()
        self._renewed = False
        self._unsent = {file.file.path: file for file in files}
        self._instructions = self._planned()

    def pieces(self, file: Hashed) -> list[Piece]:
        """Return the pieces to upload: none for a stored file, else the whole file or its missing parts."""
        instruction = self._instructions[file.file.path]
        if instruction.stored:
            return []
        if instruction.parts is None:
            return [Piece(file, None)]
        # each part is read from disk when it is uploaded
        return [Piece(file._replace(body=None), part.number) for part in instruction.parts]

    def order(self, piece: Piece) -> UploadRequest | None:
        """Return the upload request of the piece, or None when the last renewal found it stored."""
        instruction = self._instructions[piece.hashed.file.path]
        if instruction.stored:
            return None
        if piece.number is None:
            return _whole_request(instruction, piece.hashed.file.stamp.size)
        return _part_request(instruction, piece.number)

    def timely_order(self, piece: Piece) -> UploadRequest | None:
        """Return the upload request of the piece; renew an expired one first."""
        # renewed only once: with a wrong local clock, every request looks expired
        order = self.order(piece)
        if order and order.looks_late() and not self._renewed:
            self.renew(order, piece)
            return self.order(piece)
        return order

    def renew(self, refused: UploadRequest, piece: Piece) -> None:
        """Plan all unsent files again, unless another thread did so after it got `refused`."""
        with self._renewal:
            if self.order(piece) == refused:
                self._instructions |= self._planned()
                self._renewed = True

    def sent(self, file: Hashed) -> None:
        """Note that the file needs no further instruction."""
        self._unsent.pop(file.file.path, None)

    def _planned(self) -> dict[str, UploadInstruction]:
        declared = [file.declared() for file in [*self._unsent.values()]]
        return {item.path: item for item in self._plan(declared)}

    def _plan(self, declared: list[DeclaredFile]) -> list[UploadInstruction]:
        try:
            return self._packages.plan(self._package_id, declared, pause=self._pause).items
        except ApiError as error:
            # large files have many parts, and one answer has room for a limited number
            if error.code != "PLAN_TOO_LARGE" or len(declared) == 1:
                raise
        middle = len(declared) // 2
        return [*self._plan(declared[:middle]), *self._plan(declared[middle:])]


def _whole_request(instruction: UploadInstruction, size: int) -> UploadRequest:
    return UploadRequest(
        instruction.method or "PUT",
        instruction.url or "",
        instruction.headers,
        0,
        size,
        instruction.expires_at,
    )


def _part_request(instruction: UploadInstruction, number: int) -> UploadRequest | None:
    for part in instruction.parts or []:
        if part.number == number:
            return UploadRequest(
                part.method, part.url, part.headers, part.offset, part.length, part.expires_at
            )
    return None
