"""Unzip a bundle that may be hostile: no zip slip, no zip bomb (docs/security/sandbox.md).

Before the first byte is written, the list of entries is checked: the number of entries, their names by the
rules of logical paths, and their kinds (only files and folders). While files are written, their real sizes
and ratios are checked, and not the sizes that the zip declares.
"""

import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MIB = 1024 * 1024
MAX_ENTRIES = 5_000
MAX_DIRECTORY_BYTES = 4 * MIB  # reading the list of entries alone takes time and memory
END, END_BYTES, MAX_COMMENT_BYTES = b"PK\x05\x06", 22, 1 << 16
MAX_UNPACKED_BYTES = 256 * MIB
MAX_RATIO = 200
RATIO_COUNTS_FROM_BYTES = MIB  # a small file may have any ratio: a file of blanks is not a bomb
ENCRYPTED = 0x1


Rule = Callable[[str], str | None]


class BrokenBundle(Exception):
    """The zip breaks a rule; the message says which entry and which rule."""


def directory_bytes(tail: bytes) -> int:
    """Return the bytes of the list of entries, read from the `tail` of the zip; 0 when it has no end record.

    The tail holds at least the last `END_BYTES` and the longest comment, as far as the zip is that long.
    """
    at = len(tail) - END_BYTES
    if not (tail[at:].startswith(END) and tail.endswith(b"\x00\x00")):
        at = tail.rfind(END)
    found = tail[at : at + END_BYTES] if at >= 0 else b""
    return int.from_bytes(found[12:16], "little") if len(found) == END_BYTES else 0


def flaw(entries: Sequence[ZipInfo], broken_rule: Rule) -> str | None:
    """Return why a zip with these entries is refused, or None; `broken_rule` checks one path."""
    if len(entries) > MAX_ENTRIES:
        return f"it has {len(entries)} entries; at most {MAX_ENTRIES} (MAX_ENTRIES) are allowed"
    declared = sum(entry.file_size for entry in entries)
    if declared > MAX_UNPACKED_BYTES:
        return (
            f"it unpacks to {declared} bytes; at most {MAX_UNPACKED_BYTES} (MAX_UNPACKED_BYTES) are allowed"
        )
    return next(
        (f"{readable_name(entry)} {rule}" for entry in entries for rule in _flaws(entry, broken_rule)),
        _clash(entries),
    )


def readable_name(entry: ZipInfo) -> str:
    """Return an entry's name for people: escaped and at most 100 characters, since it may be hostile."""
    return repr(entry.filename[:100])


def is_bomb(entry: ZipInfo, unpacked: int) -> bool:
    """Return whether an entry that becomes so many bytes has a ratio that only a zip bomb has."""
    return unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > MAX_RATIO * max(1, entry.compress_size)


def _flaws(entry: ZipInfo, broken_rule: Rule) -> Iterator[str]:
    if rule := broken_rule(entry.filename.removesuffix("/")):
        yield f"breaks a rule of paths: {rule}"
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
        yield "is neither a file nor a folder"
    if entry.flag_bits & ENCRYPTED:
        yield "is encrypted"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield "is compressed by another way than deflate"
    if is_bomb(entry, entry.file_size):
        yield f"grows more than {MAX_RATIO} times (MAX_RATIO) when it is unpacked"


def _clash(entries: Sequence[ZipInfo]) -> str | None:
    files = [entry.filename for entry in entries if not entry.is_dir()]
    named = {entry.filename.removesuffix("/") for entry in entries if entry.is_dir()}
    seen: set[str] = set()
    for name in files:
        if name in seen:
            return f"{name[:100]!r} is in it twice"
        seen.add(name)
    folders = {name[:at] for name in files for at, sign in enumerate(name) if sign == "/"}
    both = seen & (folders | named)
    return f"{min(both)[:100]!r} is a file and a folder" if both else None


CHUNK_BYTES = 64 * 1024
EXECUTABLE = 0o111


def unpack(bundle: Path, folder: Path, broken_rule: Rule) -> None:
    """Write the files of the zip `bundle` below `folder`, which must not exist yet.

    A file keeps only the execute bits of its mode. `broken_rule` returns the rule of logical paths that
    a path breaks, or None. Raises `BrokenBundle`; the files that are written by then are useless.
    """
    if (size := directory_bytes(_tail(bundle))) > MAX_DIRECTORY_BYTES:
        raise BrokenBundle(
            f"The bundle is not unpacked: its list of entries has {size} bytes; at most"
            f" {MAX_DIRECTORY_BYTES} (MAX_DIRECTORY_BYTES) are allowed."
        )
    try:
        with ZipFile(bundle) as archive:
            entries = archive.infolist()
            if found := flaw(entries, broken_rule):
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
        reason = getattr(error, "strerror", None) or str(error)  # without our folder, which is not public
        raise BrokenBundle(f"The bundle cannot be unpacked: {reason[:200]}.") from error


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
        if size > left or is_bomb(entry, size):
            raise BrokenBundle(
                f"The bundle is not unpacked: {readable_name(entry)} is larger than the zip declares."
            )
        unpacked.write(chunk)
    return size
