from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.ingest.tree import MAX_REPORT_BYTES, Tree, UnreadableReport
from holdfast.ingest.walk import walk

Make = Callable[[dict[str, bytes]], Path]


def tree(make_directory: Make, body: bytes) -> Tree:
    return Tree(walk(make_directory({"report.json": body})).files)


def test_a_report_is_read(make_directory: Make) -> None:
    assert tree(make_directory, b'{"a": [1.5, null]}').json_object("report.json") == {"a": [1.5, None]}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[1]", "is JSON, but not an object"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"a":' * 100_000, "is nested too deep"),
        (b" " * (MAX_REPORT_BYTES + 1), "is over"),
    ],
)
def test_what_cannot_be_used_says_why(make_directory: Make, body: bytes, why: str) -> None:
    with pytest.raises(UnreadableReport, match=why):
        tree(make_directory, body).json_object("report.json")


def test_a_report_that_is_not_there_or_gone_says_so(make_directory: Make) -> None:
    found = tree(make_directory, b"{}")
    with pytest.raises(UnreadableReport, match="is missing"):
        found.json_object("other.json")
    (make_directory({}) / "report.json").unlink()
    with pytest.raises(UnreadableReport, match="cannot be read"):
        found.json_object("report.json")


def test_paths_are_asked_for_by_prefix(make_directory: Make) -> None:
    found = Tree(walk(make_directory({"a/1": b"", "a/2": b"", "b": b""})).files)
    assert found.paths("a/") == ["a/1", "a/2"]
    assert "b" in found
    assert "c" not in found
