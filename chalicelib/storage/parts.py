"""The division of a large file into parts: one calculation for planning, resuming and joining."""

from typing import NamedTuple

MAX_PARTS = 10_000
MIB = 1024 * 1024


class Part(NamedTuple):
    """Bytes `[offset, offset + length)` of a file; `number` counts from 1 as S3 does."""

    number: int
    offset: int
    length: int


def cut(size: int, part_bytes: int) -> list[Part]:
    """Return the parts of a file of `size` bytes, each `part_bytes` long except the last.

    A file that would need more than MAX_PARTS (S3's limit) gets longer parts, in whole MiB. An empty file is
    one empty part.
    """
    length = max(part_bytes, _least_part_bytes(size))
    starts = range(0, size, length) or range(1)
    return [Part(number, start, min(length, size - start)) for number, start in enumerate(starts, 1)]


def _least_part_bytes(size: int) -> int:
    return -(-size // (MAX_PARTS * MIB)) * MIB
