import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.client.waiting import Pause
from holdfast.errors import Interrupted, LocalError
from holdfast.producers.tree import LocalFile
from holdfast.transfer.buffer import Buffer
from holdfast.transfer.hashing import SMALL_BYTES, hash_of, hashed, streamed
from holdfast.transfer.walk import walk

Make = Callable[[dict[str, bytes]], Path]
LARGE = os.urandom(SMALL_BYTES * 2 + 5)


def found(make_directory: Make, body: bytes) -> LocalFile:
    return walk(make_directory({"file.txt": body})).files[0]


def test_a_small_file_is_kept_for_sending(make_directory: Make) -> None:
    result = hashed(found(make_directory, b"small"), Buffer(), Pause())
    assert (result.sha256, result.body) == (hashlib.sha256(b"small").hexdigest(), b"small")


@pytest.mark.parametrize(("body", "room"), [(LARGE, 2**30), (b"small", 4)])
def test_what_is_large_or_has_no_room_is_hashed_and_not_kept(
    make_directory: Make, body: bytes, room: int
) -> None:
    buffer = Buffer(room)
    result = hashed(found(make_directory, body), buffer, Pause())
    assert (result.sha256, result.body) == (hashlib.sha256(body).hexdigest(), None)
    assert buffer.reserve(room)


def test_a_declaration_says_size_and_type(make_directory: Make) -> None:
    declared = hashed(found(make_directory, b"small"), Buffer(), Pause()).declared()
    assert (declared.path, declared.size, declared.media_type) == ("file.txt", 5, "text/plain")


def test_a_part_of_a_file_is_streamed_in_chunks(make_directory: Make) -> None:
    chunks = list(streamed(found(make_directory, LARGE), 3, SMALL_BYTES + 1, Pause()))
    assert [len(chunk) for chunk in chunks] == [SMALL_BYTES, 1]
    assert b"".join(chunks) == LARGE[3 : SMALL_BYTES + 4]


@pytest.mark.parametrize("change", [b"other", b"longer than before", b""])
def test_a_file_that_changed_since_the_walk_is_named(make_directory: Make, change: bytes) -> None:
    file = found(make_directory, b"small")
    Path(file.source).write_bytes(change)
    os.utime(file.source, ns=(1, 1))
    for read in (lambda: hashed(file, Buffer(), Pause()), lambda: hash_of(file, Pause())):
        with pytest.raises(LocalError, match=r"FILE_CHANGED: file\.txt changed"):
            read()


def test_a_file_that_is_replaced_by_its_equal_is_another_file(make_directory: Make, tmp_path: Path) -> None:
    file = found(make_directory, b"small")
    status = Path(file.source).stat()
    (tmp_path / "new").write_bytes(b"other")
    os.utime(tmp_path / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "new").replace(file.source)
    with pytest.raises(LocalError, match="FILE_CHANGED"):
        hashed(file, Buffer(), Pause())


def test_a_file_that_changes_while_it_is_read_is_named(make_directory: Make) -> None:
    file = found(make_directory, LARGE)
    chunks = streamed(file, 0, len(LARGE), Pause())
    next(chunks)
    with Path(file.source).open("ab") as handle:
        handle.write(b"one more line")
    with pytest.raises(LocalError, match="FILE_CHANGED"):
        list(chunks)


def test_a_file_that_shrinks_while_it_is_read_is_named(make_directory: Make) -> None:
    file = found(make_directory, LARGE)
    chunks = streamed(file, 0, len(LARGE), Pause())
    next(chunks)
    os.truncate(file.source, SMALL_BYTES + 1)
    with pytest.raises(LocalError, match="FILE_CHANGED"):
        list(chunks)


def test_a_file_that_is_gone_is_named(make_directory: Make) -> None:
    file = found(make_directory, b"small")
    Path(file.source).unlink()
    with pytest.raises(LocalError, match=r"UNREADABLE: file\.txt cannot be read"):
        hashed(file, Buffer(), Pause())


def test_reading_stops_when_it_is_told_to(make_directory: Make) -> None:
    file, pause = found(make_directory, LARGE), Pause()
    chunks = streamed(file, 0, len(LARGE), pause)
    next(chunks)
    pause.stop()
    with pytest.raises(Interrupted):
        next(chunks)
    with pytest.raises(Interrupted):
        hashed(file, Buffer(), pause)
