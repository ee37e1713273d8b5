"""GET /packages/{id}/files: by path, by prefix, page after page, with what storage says."""

from urllib.parse import quote

import pytest

from tests.support.served import Served, answered

PATHS = ["a", "a/b", "a/b/c", "a-b", "b", "caf\u00e9/1", "caf\u00e9/2", "B"]


@pytest.fixture
def package_id(served: Served) -> str:
    """A package of eight declared files, not one of them sent."""
    made = served.create()
    answered(served.plan(made, {path: path.encode() for path in PATHS}))
    return made


def listed(served: Served, package_id: str, prefix: str, *, limit: int = 200) -> list[str]:
    """The paths of a list, in its order."""
    target = f"/packages/{package_id}/files?prefix={quote(prefix)}"
    return [file["path"] for file in served.pages(target, limit=limit)]


def test_files_are_listed_by_path_in_order_of_code_points(served: Served, package_id: str) -> None:
    assert listed(served, package_id, "") == sorted(PATHS)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
def test_pages_join_to_the_whole_list(served: Served, package_id: str, limit: int) -> None:
    assert listed(served, package_id, "", limit=limit) == sorted(PATHS)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("a", ["a", "a-b", "a/b", "a/b/c"]),
        ("a/", ["a/b", "a/b/c"]),
        ("caf\u00e9/", ["caf\u00e9/1", "caf\u00e9/2"]),
        ("cafe\u0301/", ["caf\u00e9/1", "caf\u00e9/2"]),
        ("A", []),
        ("B", ["B"]),
        ("zz", []),
        ("../", []),
        ("\0", []),
    ],
)
def test_a_prefix_narrows_the_list_in_any_spelling(
    served: Served, package_id: str, prefix: str, expected: list[str]
) -> None:
    assert listed(served, package_id, prefix) == expected
    assert listed(served, package_id, prefix, limit=1) == expected


def test_a_file_is_pending_until_its_bytes_have_arrived(served: Served) -> None:
    package_id = served.create()
    items = answered(served.plan(package_id, {"sent": b"x", "unsent": b"y"}))["items"]
    assert served.send(items[0], b"x") == 200
    files = served.files(package_id)
    assert (files["sent"]["state"], files["unsent"]["state"]) == ("stored", "pending")
    assert files["sent"]["uploaded_at"] is not None
    assert files["unsent"]["uploaded_at"] is None
    assert files["sent"]["storage"]["key"].endswith(f"/sha256/{files['sent']['sha256']}")
    assert (files["sent"]["storage"]["offset"], files["sent"]["storage"]["length"]) == (0, 1)


def test_a_hostile_path_never_reaches_a_key(served: Served) -> None:
    package_id = served.create()
    answered(served.plan(package_id, {"%2e%2e/%2fetc": b"x", "a b;rm -rf ~": b"y"}))
    for file in served.files(package_id).values():
        assert file["storage"]["key"].rpartition("/")[2] == file["sha256"]


def test_a_cursor_is_good_for_its_package_and_prefix_alone(served: Served, package_id: str) -> None:
    other = served.create()
    answered(served.plan(other, dict.fromkeys(PATHS, b"x")))
    cursor = answered(served.api.get(f"/packages/{package_id}/files?prefix=a&limit=1"))["next_cursor"]
    foreign = served.api.get(f"/packages/{other}/files?prefix=a&limit=1&cursor={cursor}")
    elsewhere = served.api.get(f"/packages/{package_id}/files?prefix=b&limit=1&cursor={cursor}")
    assert (foreign.status, foreign.code) == (elsewhere.status, elsewhere.code) == (422, "INVALID_CURSOR")


def test_a_package_without_files_lists_none(served: Served) -> None:
    assert answered(served.api.get(f"/packages/{served.create()}/files")) == {
        "items": [],
        "next_cursor": None,
    }


def test_a_list_of_more_files_than_are_asked_for_one_by_one_comes_from_a_listing(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, {f"{number:03d}": b"%d" % (number % 3) for number in range(300)})
    files = served.pages(f"/packages/{package_id}/files")
    assert len(files) == 300
    assert {file["state"] for file in files} == {"stored"}
