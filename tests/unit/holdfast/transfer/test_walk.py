import os
import socket
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from holdfast.errors import InputError, LocalError
from holdfast.transfer.walk import walk

Make = Callable[[dict[str, bytes]], Path]
NOBODY = 65534


def test_every_file_is_found_under_its_path_in_order(make_directory: Make) -> None:
    root = make_directory({"b.txt": b"22", "a/z": b"1", "a-b": b"", "a/é/x": b"333"})
    assert [(file.path, file.stamp.size) for file in walk(root).files] == [
        ("a-b", 0),
        ("a/z", 1),
        ("a/é/x", 3),
        ("b.txt", 2),
    ]


def test_hidden_files_are_kept_too(make_directory: Make) -> None:
    root = make_directory({".env": b"", ".git/config": b""})
    assert [file.path for file in walk(root).files] == [".env", ".git/config"]


def test_empty_directories_are_reported(make_directory: Make) -> None:
    root = make_directory({"a": b""})
    (root / "void" / "inner").mkdir(parents=True)
    assert walk(root).empty_directories == ["void/inner"]


def test_names_are_sent_in_nfc(make_directory: Make) -> None:
    decomposed = unicodedata.normalize("NFD", "é.txt")
    assert [file.path for file in walk(make_directory({decomposed: b""})).files] == ["é.txt"]


def test_two_names_that_are_equal_in_nfc_are_refused(make_directory: Make) -> None:
    root = make_directory({unicodedata.normalize("NFD", "é"): b"1", "é": b"2"})
    with pytest.raises(InputError, match="REPEATED_PATH"):
        walk(root)


def test_a_link_to_a_file_inside_is_that_file(make_directory: Make) -> None:
    root = make_directory({"a/real": b"here"})
    (root / "link").symlink_to("a/real")
    assert [(file.path, file.stamp.size) for file in walk(root).files] == [("a/real", 4), ("link", 4)]


@pytest.mark.parametrize("target", ["../outside", "/etc/hostname", "a/../../outside", "chain"])
def test_a_link_that_leads_out_is_refused(make_directory: Make, target: str) -> None:
    root = make_directory({"a/inside": b""})
    (root.parent / "outside").write_text("not yours")
    (root / "chain").symlink_to("../outside")
    (root / "link").symlink_to(target)
    with pytest.raises(InputError, match=r"LINK_LEAVES_DIRECTORY|BROKEN_LINK"):
        walk(root)


def test_a_sibling_whose_name_begins_alike_is_outside(make_directory: Make) -> None:
    root = make_directory({"a": b""})
    sibling = root.with_name(f"{root.name}-more")
    sibling.mkdir()
    (sibling / "file").write_text("")
    (root / "link").symlink_to(sibling / "file")
    with pytest.raises(InputError, match="LINK_LEAVES_DIRECTORY"):
        walk(root)


@pytest.mark.parametrize("target", [".", "a", "..", "a/.."])
def test_a_link_to_a_directory_is_refused(make_directory: Make, target: str) -> None:
    root = make_directory({"a/file": b""})
    (root / "link").symlink_to(target)
    with pytest.raises(InputError, match=r"LINK_TO_DIRECTORY|LINK_LEAVES_DIRECTORY"):
        walk(root)


@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_a_link_that_leads_nowhere_is_refused(make_directory: Make, target: str) -> None:
    root = make_directory({"a": b""})
    (root / "link").symlink_to(target)
    with pytest.raises(InputError, match="BROKEN_LINK"):
        walk(root)


def test_a_root_that_is_a_link_is_followed(make_directory: Make, tmp_path: Path) -> None:
    root = make_directory({"a": b""})
    (tmp_path / "alias").symlink_to(root)
    assert [file.path for file in walk(tmp_path / "alias").files] == ["a"]


def test_a_pipe_is_refused_by_name(make_directory: Make) -> None:
    root = make_directory({"a": b""})
    os.mkfifo(root / "pipe")
    with pytest.raises(InputError, match="pipe is a pipe"):
        walk(root)


def test_a_socket_is_refused_by_name(make_directory: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_directory({"a": b""})
    monkeypatch.chdir(root)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("plug")
        with pytest.raises(InputError, match="plug is a socket"):
            walk(root)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("back\\slash", "backslash"),
        ("new\nline", "control character"),
        (" lead", "leading or trailing space"),
        ("C:drive", "drive letter"),
    ],
)
def test_a_name_that_breaks_a_path_rule_is_refused_with_the_rule(
    make_directory: Make, name: str, rule: str
) -> None:
    root = make_directory({"a": b"", name: b""})
    with pytest.raises(InputError, match=rule):
        walk(root)


def test_a_name_that_is_not_unicode_is_refused(make_directory: Make) -> None:
    root = make_directory({"a": b""})
    Path(os.fsdecode(os.fsencode(root) + b"/bad-\xff")).write_bytes(b"")
    with pytest.raises(InputError, match="valid Unicode") as raised:
        walk(root)
    raised.value.message.encode()  # can be printed


def test_a_path_over_1024_bytes_is_refused(make_directory: Make) -> None:
    root = make_directory({"/".join(["d" * 200] * 6): b""})
    with pytest.raises(InputError, match="MAX_PATH_BYTES"):
        walk(root)


def test_a_file_and_nothing_are_no_directories(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "nothing"):
        with pytest.raises(InputError, match="NOT_A_DIRECTORY"):
            walk(path)


@contextmanager
def someone_else(root: Path) -> Iterator[None]:
    """Inside the block, root is nobody: root could read everything."""
    if os.geteuid() != 0:
        yield
        return
    for path in [root, *root.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", ["secret", "folder"])
def test_what_cannot_be_read_is_named(name: str) -> None:
    with TemporaryDirectory() as folder:  # not tmp_path: only its owner can look into that
        root = Path(folder)
        (root / "folder").mkdir()
        (root / "folder" / "file").write_text("")
        (root / "secret").write_text("")
        (root / name).chmod(0)
        with someone_else(root), pytest.raises(LocalError, match=f"{name} cannot be read"):
            walk(root)
        (root / name).chmod(0o700)
