"""Hostile paths over the real route: refused by the rule they break, and nothing of the plan applied."""

import json

import pytest

from tests.support.api import Answer
from tests.support.served import Served, answered, declared

EMPTY = declared("", b"")


def planned(served: Served, package_id: str, path: bytes) -> Answer:
    """What a plan of a good file and one whose path is this raw JSON string answers."""
    good, bad = (json.dumps(EMPTY | {"path": name}).encode() for name in ("good", "PATH"))
    body = b'{"files": [' + good + b", " + bad.replace(b'"PATH"', path) + b"]}"
    return served.api.post(f"/packages/{package_id}/uploads", body)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (b'""', "not empty"),
        (b'"/etc/passwd"', "relative"),
        (b'"C:/x"', "drive letter"),
        (b'"a/../../b"', "'..' segment"),
        (b'"./a"', "'.' and no"),
        (b'"a//b"', "empty segment"),
        (b'"a/"', "empty segment"),
        (b'"a\\\\b"', "backslash"),
        (b'"a\\u0000b"', "control character"),
        (b'"a\\nb"', "control character"),
        (b'"a\\u0085b"', "control character"),
        (b'" a"', "leading or trailing space"),
        (b'"a /b"', "leading or trailing space"),
        (b'"\\ud800"', "valid Unicode"),
        (b'"a/\\udc00.txt"', "valid Unicode"),
        (b'"' + b"a" * 1025 + b'"', "1024 UTF-8 bytes"),
        (b'"' + b"\\u6f22" * 342 + b'"', "1024 UTF-8 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_path_is_refused_by_its_rule_and_nothing_is_applied(
    served: Served, path: bytes, rule: str
) -> None:
    package_id = served.create()
    answer = planned(served, package_id, path)
    assert (answer.status, answer.code) == (422, "INVALID_PATH")
    assert rule in answer.json["details"]["rule"]
    assert answer.json["details"]["rule"] in answer.json["message"]
    package = served.show(package_id)
    assert (package["status"], package["file_count"]) == ("created", 0)
    assert len(served.chain(package_id)) == 2


@pytest.mark.parametrize("path", [b"null", b"7", b"[]", b'{"a": 1}'])
def test_a_path_that_is_no_string_is_an_invalid_request(served: Served, path: bytes) -> None:
    answer = planned(served, served.create(), path)
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert answer.json["details"]["errors"][0]["field"] == "files.1.path"


@pytest.mark.parametrize("path", [b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc0\xaf"'])
def test_bytes_that_are_no_utf8_are_malformed(served: Served, path: bytes) -> None:
    answer = planned(served, served.create(), path)
    assert (answer.status, answer.code) == (400, "MALFORMED_JSON")


def test_two_spellings_of_one_path_in_a_plan_are_refused_together(served: Served) -> None:
    package_id = served.create()
    answer = served.plan(package_id, {"caf\u00e9": b"x", "cafe\u0301": b"y", "other": b"z"})
    assert (answer.status, answer.code) == (422, "REPEATED_PATH")
    assert answer.json["details"]["paths"] == ["caf\u00e9"]
    assert served.show(package_id)["file_count"] == 0


def test_a_path_planned_in_another_spelling_is_the_same_file(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, {"cafe\u0301": b"x"})
    again = answered(served.plan(package_id, {"caf\u00e9": b"x"}))["items"]
    assert [(item["path"], item["stored"]) for item in again] == [("caf\u00e9", True)]
    assert served.plan(package_id, {"caf\u00e9": b"y"}).code == "DUPLICATE_PATH"
    assert list(served.files(package_id)) == ["caf\u00e9"]


def test_paths_that_differ_by_case_are_two_files(served: Served) -> None:
    package = served.finalized({"README": b"upper", "readme": b"lower", "ReadMe": b"upper"})
    assert package["file_count"] == 3
    assert sorted(served.files(package["id"])) == ["README", "ReadMe", "readme"]


def test_500_files_with_the_longest_paths_fit_into_a_plan(served: Served) -> None:
    package_id = served.create()
    paths = [f"{number:04d}" + chr(0x20000 + number) * 255 for number in range(500)]
    items = answered(served.plan(package_id, dict.fromkeys(paths, b"x")))["items"]
    assert [item["path"] for item in items] == paths
    assert served.show(package_id)["file_count"] == len(served.files(package_id)) == 500
