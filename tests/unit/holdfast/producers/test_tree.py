import os
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.producers.documents import MAX_REPORT_BYTES, UnreadableReport
from holdfast.producers.tree import END_BYTES, Tree
from holdfast.transfer.walk import walk

Make = Callable[[dict[str, bytes]], Path]


def tree(make_directory: Make, body: bytes) -> Tree:
    return Tree(walk(make_directory({"report.json": body})).files)


def test_a_report_is_read(make_directory: Make) -> None:
    assert tree(make_directory, b'{"a": [1.5, null]}').json_object("report.json") == {"a": [1.5, None]}


def test_a_report_over_the_limit_is_not_read(make_directory: Make) -> None:
    with pytest.raises(UnreadableReport, match="is over 8388608 bytes"):
        tree(make_directory, b" " * (MAX_REPORT_BYTES + 1)).read("report.json")


@pytest.mark.parametrize("size", [0, 1, END_BYTES, END_BYTES + 1, 2 * END_BYTES, 2 * END_BYTES + 7])
def test_the_ends_of_a_file_are_its_first_and_last_bytes(make_directory: Make, size: int) -> None:
    body = bytes(at % 251 for at in range(size))
    short = size <= 2 * END_BYTES
    assert tree(make_directory, body).ends("report.json") == (
        body if short else body[:END_BYTES] + body[-END_BYTES:]
    )


def test_a_file_that_changed_after_the_walk_is_not_read(make_directory: Make) -> None:
    found = tree(make_directory, b"{}")
    (make_directory({}) / "report.json").write_bytes(b"{ }")
    with pytest.raises(UnreadableReport, match="has changed"):
        found.json_object("report.json")


def test_a_pipe_in_place_of_a_file_does_not_hold_the_reader_up(make_directory: Make) -> None:
    found = tree(make_directory, b"{}")
    report = make_directory({}) / "report.json"
    report.unlink()
    os.mkfifo(report)
    with pytest.raises(UnreadableReport, match="has changed"):
        found.ends("report.json")


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
