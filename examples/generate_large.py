"""Add one file of several MB to a copy of the sample run: `generate_large.py RUN [MEGABYTES]`.

The content is a sequence of SHA-256 digests of counted numbers. It is the same on every machine, so the
repository needs no large file.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

PATH = "raw/server-logs/heap-dump.bin"
DEFAULT_MB = 6
BLOCKS_PER_MB = 1024 * 1024 // hashlib.sha256().digest_size


def generate(run: Path, megabytes: int = DEFAULT_MB) -> Path:
    """Write a file of `megabytes` MiB with repeatable bytes into the run, and return its path."""
    target = run / PATH
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as handle:
        handle.writelines(_megabytes(megabytes))
    return target


def _megabytes(count: int) -> Iterator[bytes]:
    for number in range(count):
        blocks = range(number * BLOCKS_PER_MB, (number + 1) * BLOCKS_PER_MB)
        yield b"".join(hashlib.sha256(block.to_bytes(8, "big")).digest() for block in blocks)


if __name__ == "__main__":
    print(generate(Path(sys.argv[1]), *[int(argument) for argument in sys.argv[2:3]]))
