"""Room for what a benchmark writes, and directories to ingest."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY_DISK = Path("/dev/shm")  # noqa: S108  each user of it makes a private folder in there
ENOUGH_BYTES = 12 * 1024**3
FOLDERS = 10


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the length of the block, in memory where there is plenty: disks make uneven times.

    TMPDIR chooses another place.
    """
    with TemporaryDirectory(prefix="holdfast-bench-", dir=_place()) as folder:
        yield Path(folder)


def directory(root: Path, *, files: int, size: int) -> Path:
    """A new directory under `root` with so many different files of `size` bytes each, in ten folders."""
    content = bytearray(os.urandom(size))
    made = root / f"{files}x{size}"
    for number in range(files):
        content[:8] = number.to_bytes(8)
        path = made / f"run-{number % FOLDERS}" / f"file-{number:06}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made


def big_files(root: Path, *, files: int, size: int) -> Path:
    """A new directory with so many different files of `size` bytes, all zeros but the first eight."""
    made = root / f"{files}x{size}-big"
    made.mkdir()
    for number in range(files):
        with (made / f"part-{number}.bin").open("wb") as file:
            file.write((number + 1).to_bytes(8))
            file.truncate(size)
    return made


def files_in(root: Path) -> list[Path]:
    """Every file under `root`, by path."""
    return sorted(path for path in root.rglob("*") if path.is_file())


def _place() -> Path | None:
    if "TMPDIR" in os.environ or not MEMORY_DISK.is_dir():
        return None
    return MEMORY_DISK if shutil.disk_usage(MEMORY_DISK).free > ENOUGH_BYTES else None
