"""POST /packages/{id}/uploads: declare, replace, resume; applied whole or not at all."""

from typing import Any

import pytest

from tests.support.served import Served, answered, declared

FILES = {"a.txt": b"alpha", "b/b.txt": b"beta", "b/empty": b""}


@pytest.fixture
def package_id(served: Served) -> str:
    """A package that was just created."""
    return served.create()


def refused_file(served: Served, package_id: str, **overrides: Any) -> Any:
    """The fields that a plan with this one file is refused for."""
    body = {"files": [declared("a", b"x", **overrides)]}
    answer = served.api.post(f"/packages/{package_id}/uploads", body)
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    return [error["field"] for error in answer.json["details"]["errors"]]


def test_each_file_is_answered_in_order_with_a_request_bound_to_its_bytes(
    served: Served, package_id: str
) -> None:
    items = answered(served.plan(package_id, FILES))["items"]
    assert [item["path"] for item in items] == list(FILES)
    for item in items:
        assert (item["method"], item["stored"], item["parts"]) == ("PUT", False, None)
        assert served.send(item, FILES[item["path"]]) == 200
    assert {path: file["state"] for path, file in served.files(package_id).items()} == dict.fromkeys(
        FILES, "stored"
    )


def test_the_store_takes_no_other_bytes_than_declared(served: Served, package_id: str) -> None:
    (item,) = answered(served.plan(package_id, {"a": b"alpha"}))["items"]
    assert served.send(item, b"ALPHA") in {400, 403}
    assert served.files(package_id)["a"]["state"] == "pending"


def test_a_plan_counts_files_and_bytes_and_moves_the_package_to_uploading(
    served: Served, package_id: str
) -> None:
    answered(served.plan(package_id, FILES))
    package = served.show(package_id)
    assert (package["status"], package["file_count"], package["total_bytes"]) == ("uploading", 3, 9)


def test_500_files_are_a_plan_and_501_are_not(served: Served, package_id: str) -> None:
    many = {f"{number:03d}": b"x" for number in range(501)}
    assert served.plan(package_id, many).status == 422
    many.pop("500")
    assert len(answered(served.plan(package_id, many))["items"]) == 500
    assert served.show(package_id)["file_count"] == 500


def test_a_plan_without_files_is_refused(served: Served, package_id: str) -> None:
    assert served.plan(package_id, {}).status == 422


def test_a_path_that_stands_twice_is_refused_and_named(served: Served, package_id: str) -> None:
    body = {"files": [declared("a", b"x"), declared("b", b""), declared("a", b"x")]}
    answer = served.api.post(f"/packages/{package_id}/uploads", body)
    assert (answer.status, answer.code) == (422, "REPEATED_PATH")
    assert answer.json["details"]["paths"] == ["a"]
    assert served.show(package_id)["status"] == "created"


def test_a_known_path_with_other_content_refuses_the_whole_plan(served: Served, package_id: str) -> None:
    served.upload(package_id, FILES)
    before = served.show(package_id), served.files(package_id), served.chain(package_id)
    answer = served.plan(package_id, {"new": b"new", "a.txt": b"other", "b/b.txt": b"beta", "b/empty": b"!"})
    assert (answer.status, answer.code) == (409, "DUPLICATE_PATH")
    assert answer.json["details"]["paths"] == ["a.txt", "b/empty"]
    assert (served.show(package_id), served.files(package_id), served.chain(package_id)) == before


def test_a_hundred_known_paths_are_named_and_all_are_counted(served: Served, package_id: str) -> None:
    answered(served.plan(package_id, {f"{number:03d}": b"x" for number in range(150)}))
    answer = served.plan(package_id, {f"{number:03d}": b"y" for number in range(150)})
    assert (len(answer.json["details"]["paths"]), answer.json["details"]["count"]) == (100, 150)


def test_another_media_type_is_other_content(served: Served, package_id: str) -> None:
    answered(served.plan(package_id, {"a": b"x"}))
    body = {"files": [declared("a", b"x", media_type="text/plain")]}
    assert served.api.post(f"/packages/{package_id}/uploads", body).code == "DUPLICATE_PATH"


def test_replace_hands_over_new_bytes_and_the_counters_follow(served: Served, package_id: str) -> None:
    served.upload(package_id, FILES)
    served.upload(package_id, {"a.txt": b"a longer alpha", "new": b"1"}, replace=True)
    package = served.show(package_id)
    assert (package["file_count"], package["total_bytes"]) == (4, 14 + 4 + 0 + 1)
    assert served.files(package_id)["a.txt"]["size"] == 14
    assert served.show(served.finalize(package_id))["file_count"] == 4


def test_asking_again_for_the_same_content_writes_nothing_and_says_what_is_stored(
    served: Served, package_id: str
) -> None:
    first = answered(served.plan(package_id, FILES))["items"]
    assert served.send(first[0], b"alpha") == 200
    before = served.show(package_id), served.chain(package_id)
    again = answered(served.plan(package_id, FILES))["items"]
    assert {item["path"]: item["stored"] for item in again} == {
        "a.txt": True,
        "b/b.txt": False,
        "b/empty": False,
    }
    assert again[0]["url"] is None
    assert served.send(again[1], b"beta") == 200
    assert (served.show(package_id), served.chain(package_id)) == before


def test_a_plan_may_hold_known_and_new_files(served: Served, package_id: str) -> None:
    served.upload(package_id, FILES)
    items = answered(served.plan(package_id, {"a.txt": b"alpha", "new": b"new"}))["items"]
    assert [item["stored"] for item in items] == [True, False]
    assert served.show(package_id)["file_count"] == 4


def test_equal_content_is_stored_once(served: Served, package_id: str) -> None:
    served.upload(package_id, {"one": b"same", "two": b"same"})
    served.upload(package_id, {"three": b"same"})
    assert len(served.keys(package_id)) == 1
    assert served.show(served.finalize(package_id))["total_bytes"] == 12


def test_a_digest_declared_with_two_sizes_is_stored_only_where_the_size_is_true(
    served: Served, package_id: str
) -> None:
    served.upload(package_id, {"true": b"12345"})
    lie = {"files": [declared("lie", b"12345", size=6)]}
    answered(served.api.post(f"/packages/{package_id}/uploads", lie))
    assert served.files(package_id)["lie"]["state"] == "pending"
    again = answered(served.api.post(f"/packages/{package_id}/uploads", lie))["items"]
    assert again[0]["stored"] is False
    refusal = served.finalize(package_id)
    assert refusal.code == "INCOMPLETE_PACKAGE"
    assert refusal.json["details"]["files"] == [
        {"path": "lie", "reason": "5 bytes arrived, the declared size is 6"}
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sha256", "0" * 63),
        ("sha256", "A" * 64),
        ("sha256", "0" * 64 + "\n"),
        ("size", -1),
        ("size", 1.5),
        ("size", "1"),
        ("size", True),
        ("size", 100 * 1024**3 + 1),
        ("size", 2**70),
        ("media_type", "text"),
        ("media_type", "text/plain; charset=utf-8"),
        ("media_type", "te\u00e4t/plain"),
        ("media_type", "text/plain\r\nx-evil: 1"),
        ("media_type", "text/" + "x" * 123),
        ("colour", "red"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_by_field(
    served: Served, package_id: str, field: str, value: Any
) -> None:
    assert refused_file(served, package_id, **{field: value}) == [f"files.0.{field}"]
    assert served.show(package_id)["status"] == "created"


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_replace_is_a_boolean(served: Served, package_id: str, value: Any) -> None:
    body = {"files": [declared("a", b"x")], "replace": value}
    assert served.api.post(f"/packages/{package_id}/uploads", body).status == 422


def test_each_plan_leaves_one_event_that_says_what_it_did(served: Served, package_id: str) -> None:
    answered(served.plan(package_id, FILES))
    answered(served.plan(package_id, {"a.txt": b"other", "new": b""}, replace=True))
    events = served.chain(package_id)[2:]
    assert [event.action for event in events] == ["packages:files:planned"] * 2
    payloads = [event.payload or {} for event in events]
    told = [(payload["added"], payload["replaced"], payload["file_count"]) for payload in payloads]
    assert told == [(3, 0, 3), (1, 1, 4)]
