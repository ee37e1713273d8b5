from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chalicelib.storage.filesystem.multipart import FilesystemMultipart
from chalicelib.storage.filesystem.tree import Tree
from tests.unit.storage.conftest import make_settings

KEY = "main/multipart"


class OvertakenTree(Tree):
    """A tree on which somebody else is always just ahead: `overtake` runs as a file is begun."""

    overtake: Callable[[], object]

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        self.overtake()
        with super().create(key) as target:
            yield target


def started(multipart: FilesystemMultipart) -> str:
    upload_id = multipart.start(KEY)
    multipart.receive(KEY, upload_id, number=1, size=4, body=b"kept")
    return upload_id


def test_whoever_is_overtaken_while_joining_finds_the_object(tmp_path: Path) -> None:
    ahead = FilesystemMultipart(Tree(tmp_path), make_settings())
    tree = OvertakenTree(tmp_path)
    upload_id = started(ahead)
    tree.overtake = lambda: ahead.complete(KEY, upload_id, size=4)

    assert FilesystemMultipart(tree, make_settings()).complete(KEY, upload_id, size=4)
    assert b"".join(tree.read(KEY, 0, None)) == b"kept"


def test_an_upload_that_is_given_up_while_it_is_joined_is_no_object(tmp_path: Path) -> None:
    ahead = FilesystemMultipart(Tree(tmp_path), make_settings())
    tree = OvertakenTree(tmp_path)
    upload_id = started(ahead)
    tree.overtake = lambda: ahead.abort(KEY, upload_id)

    assert not FilesystemMultipart(tree, make_settings()).complete(KEY, upload_id, size=4)
    assert tree.head(KEY) is None
