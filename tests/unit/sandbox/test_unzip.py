"""Zips that mean harm: none is unpacked, each is told what is wrong with it, and nothing gets out."""

import stat
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.sandbox.unzip import MAX_ENTRIES, BrokenBundle, unpack
from holdfast.api.paths import broken_rule
from tests.support.sandbox.zips import entry, zipped, zipped_entries

HONEST = zipped({"main.py": "print('done')", "data/words.txt": "words"})
MIB = 1 << 20


def unpacked(place: Path, content: bytes) -> dict[str, bytes]:
    """The files that come out, by their paths."""
    bundle, folder = place / "bundle.zip", place / "bundle"
    bundle.write_bytes(content)
    unpack(bundle, folder, broken_rule)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(place: Path, content: bytes) -> str:
    """Why it is not unpacked; there is nothing beside the bundle and its folder."""
    with pytest.raises(BrokenBundle) as caught:
        unpacked(place, content)
    assert {path.name for path in place.iterdir()} <= {"bundle", "bundle.zip"}
    assert str(place) not in str(caught.value)
    return str(caught.value)


def test_an_honest_zip_comes_out_as_it_went_in(tmp_path: Path) -> None:
    assert unpacked(tmp_path, HONEST) == {"main.py": b"print('done')", "data/words.txt": b"words"}


def test_only_the_right_to_run_is_taken_from_the_zip(tmp_path: Path) -> None:
    run, plain = entry("run", mode=stat.S_IFREG | 0o6777), entry("plain", mode=stat.S_IFREG | 0o600)
    unpacked(tmp_path, zipped_entries((run, "x"), (plain, "x")))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "bundle").iterdir()}
    assert modes == {"run": 0o755, "plain": 0o644}


def test_an_empty_folder_is_made(tmp_path: Path) -> None:
    unpacked(tmp_path, zipped_entries((entry("empty/"), ""), (entry("main.py"), "x")))
    assert (tmp_path / "bundle/empty").is_dir()


@pytest.mark.parametrize(
    "name",
    ["../escaped", "a/../../escaped", "/escaped", "a//b", "./a", "C:/escaped", "a\\..\\b", "a\nb", ".."],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "breaks a rule of paths" in refusal(tmp_path, zipped_entries((entry(name), "x")))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_what_is_neither_file_nor_folder_is_refused(tmp_path: Path, kind: int) -> None:
    content = zipped_entries((entry("odd", mode=kind | 0o777), "/etc/passwd"))
    assert "neither a file nor a folder" in refusal(tmp_path, content)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in refusal(tmp_path, zipped_entries((entry("a"), "1"), (entry("a"), "2")))


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a/", "a")])
def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    content = zipped_entries(*[(entry(name), "") for name in names])
    assert "a file and a folder" in refusal(tmp_path, content)


def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path) -> None:
    assert "too long" in refusal(tmp_path, zipped({"n" * 300: "x"}))


def test_encrypted_entries_are_refused(tmp_path: Path) -> None:
    marked = HONEST.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert marked != HONEST
    assert "encrypted" in refusal(tmp_path, marked)


@pytest.mark.parametrize("method", [12, 14, 93])
def test_other_compressions_are_refused(tmp_path: Path, method: int) -> None:
    at = HONEST.index(b"PK\x01\x02") + 10
    content = HONEST[:at] + struct.pack("<H", method) + HONEST[at + 2 :]
    assert "another way than deflate" in refusal(tmp_path, content)


def test_a_flat_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    assert "MAX_RATIO" in refusal(tmp_path, zipped({"bomb": bytes(20 * MIB)}))


def test_entries_that_share_their_bytes_are_refused_by_their_sum(tmp_path: Path) -> None:
    one = zipped({"kernel": bytes(MIB)})
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    directory = one[at:end] * 300
    ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 300, 300, len(directory), at, 0)
    assert "MAX_UNPACKED_BYTES" in refusal(tmp_path, one[:at] + directory + ending)


def test_more_entries_than_allowed_are_refused(tmp_path: Path) -> None:
    content = zipped({f"{number}": "" for number in range(MAX_ENTRIES + 1)})
    assert "MAX_ENTRIES" in refusal(tmp_path, content)


@pytest.mark.parametrize("comment", [b"", b"said of it"])
def test_a_list_of_entries_that_is_dear_to_read_is_refused_unread(tmp_path: Path, comment: bytes) -> None:
    one = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    directory = (one + b"a") * 100_000
    ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), 0, len(comment))
    assert "MAX_DIRECTORY_BYTES" in refusal(tmp_path, directory + ending + comment)


@pytest.mark.parametrize("told", [1, 0, 2**31])
def test_a_size_that_is_a_lie_is_refused(tmp_path: Path, told: int) -> None:
    content = zipped({"main.py": "x" * 1000})
    at = content.index(b"PK\x01\x02") + 24
    assert refusal(tmp_path, content[:at] + struct.pack("<L", told) + content[at + 4 :])


def test_a_zip_in_a_zip_stays_one(tmp_path: Path) -> None:
    inner = zipped({"bomb": bytes(20 * MIB)})
    assert unpacked(tmp_path, zipped({"inner.zip": inner})) == {"inner.zip": inner}


@pytest.mark.parametrize(
    "content", [b"", b"no zip at all", HONEST[:-30], HONEST[40:], HONEST[:-1], b"PK\x05\x06"]
)
def test_what_is_no_whole_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "cannot be unpacked" in refusal(tmp_path, content)


@given(st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_altered_bytes_end_in_a_refusal_or_in_files_below_the_folder(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    content, place = bytearray(HONEST), tmp_path_factory.mktemp("altered")
    for at, value in changes:
        content[at] = value
    with suppress(BrokenBundle):
        unpacked(place, bytes(content))
    assert {path.name for path in place.iterdir()} <= {"bundle", "bundle.zip"}
