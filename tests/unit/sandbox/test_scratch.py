"""What is left behind is counted to its last byte, and goes away whatever it is."""

import os
from pathlib import Path

import pytest

from chalicelib.sandbox.scratch import FolderUsage, clear, flatten, measure


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A file that is none of the hook's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "kept").write_text("kept")
    (folder / "kept").chmod(0o640)
    return folder


def dig(folder: Path, depth: int) -> None:
    """Make folders in folders, deeper than any path is long."""
    handle = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 50, dir_fd=handle)
        below = os.open("d" * 50, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)


def test_bytes_and_entries_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(bytes(5000))
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 1 << 20)
    found = measure(tmp_path)
    assert (found.size // 4096, found.entries, found.hidden) == ((8192 + (1 << 20)) // 4096, 3, False)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert measure(tmp_path / "nowhere") == FolderUsage(0, 0, hidden=False)


def test_what_a_link_leads_to_is_not_counted(tmp_path: Path, elsewhere: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "link").symlink_to(elsewhere)
    assert measure(folder).entries == 1


def test_a_path_too_long_to_follow_hides_something(tmp_path: Path) -> None:
    dig(tmp_path, 100)
    assert measure(tmp_path).hidden
    clear(tmp_path)


def test_everything_goes_and_nothing_else_is_touched(tmp_path: Path, elsewhere: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    dig(folder, 1500)
    (folder / "link").symlink_to(elsewhere)
    (folder / ".1").write_text("a name that we might want")
    (folder / "closed").mkdir()
    (folder / "closed/file-link").symlink_to(elsewhere / "kept")
    os.mkfifo(folder / "closed/pipe")
    (folder / "closed").chmod(0)
    clear(folder)
    assert list(folder.iterdir()) == []
    assert ((elsewhere / "kept").read_text(), (elsewhere / "kept").stat().st_mode & 0o777) == ("kept", 0o640)


def test_a_folder_that_became_a_link_is_left_alone(tmp_path: Path, elsewhere: Path) -> None:
    (tmp_path / "output").symlink_to(elsewhere)
    clear(tmp_path / "output")
    flatten(tmp_path / "output")
    assert (elsewhere / "kept").exists()


def test_flattening_leaves_the_files_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "rows.ndjson").write_text("{}")
    (tmp_path / "deep/er").mkdir(parents=True)
    tmp_path.chmod(0o500)
    flatten(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.ndjson"]
