from hypothesis import given
from hypothesis import strategies as st

from chalicelib.storage.parts import MAX_PARTS, MIB, cut

MAX_FILE_BYTES = 5 * 1024**4


@given(size=st.integers(0, 20_000 * MIB), part_bytes=st.integers(5 * MIB, 64 * MIB))
def test_parts_cover_the_file_without_gap_or_overlap(size: int, part_bytes: int) -> None:
    parts = cut(size, part_bytes)

    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert [part.offset for part in parts[1:]] == [part.offset + part.length for part in parts[:-1]]
    assert parts[0].offset == 0
    assert parts[-1].offset + parts[-1].length == size


@given(st.integers(1, 5_000 * MIB))
def test_all_parts_but_the_last_are_as_long_as_asked(size: int) -> None:
    parts = cut(size, 8 * MIB)

    assert {part.length for part in parts[:-1]} <= {8 * MIB}
    assert 0 < parts[-1].length <= 8 * MIB


def test_the_largest_file_still_fits_into_the_parts_that_a_store_allows() -> None:
    parts = cut(MAX_FILE_BYTES, 64 * MIB)

    assert len(parts) <= MAX_PARTS
    assert parts[0].length % MIB == 0


def test_an_empty_file_is_one_empty_part() -> None:
    assert cut(0, 64 * MIB) == [(1, 0, 0)]
