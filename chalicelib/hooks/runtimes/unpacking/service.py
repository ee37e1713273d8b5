"""Unpack a bundle."""

import zlib
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from chalicelib.hooks.runtimes.unpacking.models import (
    END_BYTES,
    MAX_COMMENT_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_UNPACKED_BYTES,
    BrokenBundle,
    bomb,
    directory_bytes,
    flaw,
    shown,
)

CHUNK_BYTES = 64 * 1024
EXECUTABLE = 0o111


def unpack(bundle: Path, folder: Path) -> None:
    """Write the files of the zip `bundle` below the new folder `folder`; modes but for `x` are ours.

    Raises `BrokenBundle`, which says what is wrong; what was written by then is of no use.
    """
    if (size := directory_bytes(_tail(bundle))) > MAX_DIRECTORY_BYTES:
        raise BrokenBundle(
            f"The bundle is not unpacked: its list of entries has {size} bytes; at most"
            f" {MAX_DIRECTORY_BYTES} (MAX_DIRECTORY_BYTES) are allowed."
        )
    try:
        with ZipFile(bundle) as archive:
            entries = archive.infolist()
            if found := flaw(entries):
                raise BrokenBundle(f"The bundle is not unpacked: {found}.")
            folder.mkdir(parents=True)
            _write(archive, entries, folder)
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        said = getattr(error, "strerror", None) or str(error)  # not the place where it is unpacked
        raise BrokenBundle(f"The bundle cannot be unpacked: {said[:200]}.") from error


def _tail(bundle: Path) -> bytes:
    with bundle.open("rb") as file:
        file.seek(max(0, bundle.stat().st_size - END_BYTES - MAX_COMMENT_BYTES))
        return file.read()


def _write(archive: ZipFile, entries: list[ZipInfo], folder: Path) -> None:
    left = MAX_UNPACKED_BYTES
    for entry in entries:
        target = folder / entry.filename
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, target.open("xb") as unpacked:
            left -= _copy(packed, unpacked, entry, left)
        target.chmod(0o644 | (entry.external_attr >> 16) & EXECUTABLE)


def _copy(packed: IO[bytes], unpacked: IO[bytes], entry: ZipInfo, left: int) -> int:
    size = 0
    while chunk := packed.read(CHUNK_BYTES):
        size += len(chunk)
        if size > left or bomb(entry, size):
            raise BrokenBundle(f"The bundle is not unpacked: {shown(entry)} holds more than it says.")
        unpacked.write(chunk)
    return size
