import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.storage.filesystem.tree import Tree, write_over

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from chalicelib.storage.filesystem.tree import Tree

with Tree(Path(sys.argv[1])).create("main/a") as target:
    target.write(b"half of it")
    target.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def store(tree: Tree, key: str, data: bytes = b"kept") -> None:
    with tree.create(key) as target:
        target.write(data)


USES: list[Callable[[Tree, str], object]] = [
    store,
    lambda tree, key: tree.read(key, 0, None),
    lambda tree, key: tree.head(key),
    lambda tree, key: tree.delete(key),
]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "objects")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_bytes(b"not ours")
    return folder


def keys_of(tree: Tree) -> list[str]:
    return [found.key for found in tree.list("main/")]


def test_a_process_that_is_killed_while_writing_leaves_nothing_visible(tree: Tree) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(tree.root)], check=False)

    assert ended.returncode == -signal.SIGKILL
    assert tree.head("main/a") is None
    assert keys_of(tree) == []
    store(tree, "main/a", b"all of it")
    assert b"".join(tree.read("main/a", 0, None)) == b"all of it"


def test_a_write_that_fails_leaves_no_file_at_all(tree: Tree) -> None:
    def interrupted() -> None:
        with tree.create("main/a") as target:
            target.write(b"half of it")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert list((tree.root / "main").iterdir()) == []


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("key", ["main/secret", "main/new", "main/deep/er/new"])
def test_a_folder_that_is_a_link_leads_nowhere(
    tree: Tree, outside: Path, key: str, use: Callable[[Tree, str], object]
) -> None:
    tree.root.mkdir()
    (tree.root / "main").symlink_to(outside)

    with pytest.raises(Invalid, match="symbolic link"):
        use(tree, key)
    assert [path.name for path in outside.iterdir()] == ["secret"]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("target", ["../../outside/secret", "../../outside/absent", "file"])
def test_a_file_that_is_a_link_is_no_object(
    tree: Tree, outside: Path, target: str, use: Callable[[Tree, str], object]
) -> None:
    (tree.root / "main").mkdir(parents=True)
    (tree.root / "main" / "file").symlink_to(target)

    with pytest.raises(Invalid, match="symbolic link"):
        use(tree, "main/file")
    assert (outside / "secret").read_bytes() == b"not ours"


def test_a_link_to_itself_leads_nowhere(tree: Tree) -> None:
    tree.root.mkdir()
    (tree.root / "main").symlink_to("main")

    with pytest.raises(Invalid, match="symbolic link"):
        store(tree, "main/a")


def test_links_are_in_no_listing_and_lead_none_out(tree: Tree, outside: Path) -> None:
    store(tree, "main/a")
    (tree.root / "main" / "link").symlink_to(outside)
    (tree.root / "main" / "file").symlink_to(outside / "secret")

    assert keys_of(tree) == ["main/a"]
    with pytest.raises(Invalid, match="symbolic link"):
        list(tree.list("main/link/"))


def test_the_root_itself_may_be_reached_over_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "objects").symlink_to(tmp_path / "disk")
    tree = Tree(tmp_path / "objects")

    store(tree, "main/a")

    assert (tmp_path / "disk" / "main" / "a").read_bytes() == b"kept"


def test_a_key_is_not_an_object_and_a_prefix_at_once(tree: Tree) -> None:
    store(tree, "main/a/b")
    store(tree, "main/c")

    for key in ("main/a", "main/c/d"):
        with pytest.raises(Invalid, match="prefix"):
            store(tree, key)
        assert tree.head(key) is None
    assert keys_of(tree) == ["main/a/b", "main/c"]


def test_a_folder_that_cannot_be_used_is_told_without_its_path(tree: Tree) -> None:
    def full() -> None:
        with tree.create("main/a"):
            raise OSError(28, "No space left on device", str(tree.root))

    with pytest.raises(Unavailable, match="No space left on device") as refusal:
        full()
    assert str(tree.root) not in refusal.value.message


def test_what_is_written_over_is_replaced_whole(tmp_path: Path) -> None:
    write_over(tmp_path / "part", b"a longer first attempt")

    write_over(tmp_path / "part", b"second")

    assert (tmp_path / "part").read_bytes() == b"second"
    assert [path.name for path in tmp_path.iterdir()] == ["part"]
