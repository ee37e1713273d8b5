"""Unpack a bundle."""

import zlib
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from chalicelib.hooks.runtimes.unpacking.models import MAX_UNPACKED_BYTES, BrokenBundle, bomb, flaw, shown

CHUNK_BYTES = 64 * 1024
EXECUTABLE = 0o111


def unpack(bundle: Path, folder: Path) -> None:
    """Write the files of the zip `bundle` below the new folder `folder`; modes but for `x` are ours.

    Raises `BrokenBundle`, which says what is wrong; what was written by then is of no use.
    """
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
        raise BrokenBundle(f"The bundle cannot be unpacked: {str(error)[:200]}.") from error


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
