import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from holdfast.errors import ApiError, InputError, StoreError
from holdfast.sdk import Client
from tests.support.declared import WHAT
from tests.support.fakes.api import FakeApi, problem

Make = Callable[[dict[str, bytes]], Path]
FILES = {"a": b"1", "b": b"22", "c": b"333"}


def interrupted(api: FakeApi, client: Client, root: Path, *, after: int) -> None:
    """An ingest whose store goes away after so many uploads."""

    def gone(request: httpx.Request) -> httpx.Response | None:
        away = request.url.host == "store.test" and len(api.store.puts) >= after
        return httpx.Response(400) if away else None

    api.interceptors.append(gone)
    with pytest.raises(StoreError):
        client.packages.ingest(root, **WHAT, jobs=1)
    api.interceptors.clear()
    api.store.puts.clear()


def test_only_what_is_missing_is_sent_again(api: FakeApi, client: Client, make_directory: Make) -> None:
    root = make_directory(FILES)
    interrupted(api, client, root, after=2)
    result = client.packages.ingest(root, resume="pkg_1")
    assert [put.content for put in api.store.puts] == [b"333"]
    assert (result.package_id, result.file_count) == ("pkg_1", 3)
    assert list(api.packages) == ["pkg_1"]


def test_only_the_missing_parts_are_sent_again(api: FakeApi, client: Client, make_directory: Make) -> None:
    api.part_bytes = 1000
    root = make_directory({"large": os.urandom(2500)})
    interrupted(api, client, root, after=2)
    client.packages.ingest(root, resume="pkg_1")
    assert [len(put.content) for put in api.store.puts] == [500]


def test_a_file_that_changed_since_is_refused(api: FakeApi, client: Client, make_directory: Make) -> None:
    root = make_directory(FILES)
    interrupted(api, client, root, after=2)
    (root / "a").write_bytes(b"other")
    with pytest.raises(ApiError) as raised:
        client.packages.ingest(root, resume="pkg_1")
    assert (raised.value.code, raised.value.details["paths"]) == ("DUPLICATE_PATH", ["a"])


def test_a_file_that_is_gone_since_is_noticed(api: FakeApi, client: Client, make_directory: Make) -> None:
    root = make_directory(FILES)
    interrupted(api, client, root, after=3 - 1)
    (root / "a").unlink()
    with pytest.raises(ApiError, match="UNEXPECTED_FILE_COUNT"):
        client.packages.ingest(root, resume="pkg_1")


def test_a_sealed_package_is_answered_when_it_is_this_directory(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    root = make_directory(FILES)
    first = client.packages.ingest(root, **WHAT)
    api.requests.clear()
    assert client.packages.ingest(root, resume="pkg_1").manifest_digest == first.manifest_digest
    assert api.requested() == ["GET /packages/pkg_1"]


def test_a_sealed_package_is_refused_when_it_is_another_directory(
    client: Client, make_directory: Make
) -> None:
    root = make_directory(FILES)
    client.packages.ingest(root, **WHAT)
    (root / "a").write_bytes(b"2")
    with pytest.raises(InputError, match="NOT_RESUMABLE"):
        client.packages.ingest(root, resume="pkg_1")


def test_a_failed_package_takes_no_more_files(client: Client, make_directory: Make) -> None:
    root = make_directory(FILES)
    client.packages.create(**WHAT, name="n")
    client.packages.fail("pkg_1", "marked as failed")
    with pytest.raises(InputError, match="pkg_1 is failed"):
        client.packages.ingest(root, resume="pkg_1")


def test_expired_instructions_are_renewed_together(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    root = make_directory({f"{n:02d}": b"%d" % n for n in range(20)})

    def expire_after_five(request: httpx.Request) -> None:
        if request.url.host == "store.test" and len(api.store.puts) == 5:
            api.store.expired.add(0)
            api.store.generation = 1

    api.interceptors.append(expire_after_five)
    assert client.packages.ingest(root, **WHAT, jobs=1).file_count == 20
    assert api.requested().count("POST /packages/pkg_1/uploads") == 2
    assert len(api.store.puts) == 20 + 1


def test_a_store_that_forbids_for_good_is_not_asked_for_ever(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    forbidden = httpx.Response(403, text="<Error><Code>SignatureDoesNotMatch</Code></Error>")
    api.interceptors.append(lambda request: forbidden if request.url.host == "store.test" else None)
    with pytest.raises(StoreError, match="403 SignatureDoesNotMatch"):
        client.packages.ingest(make_directory({"a": b""}), **WHAT)


def test_instructions_that_are_late_by_our_clock_are_renewed_before_they_are_used(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    def late(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/uploads") or len(api.requested()) > 1:
            return None
        answer = api.arrived(request)
        return httpx.Response(200, text=answer.text.replace("2999-", "1999-"))

    api.interceptors.append(late)
    assert client.packages.ingest(make_directory(FILES), **WHAT, jobs=1).file_count == 3
    assert len(api.store.puts) == 3


def test_a_clock_that_runs_ahead_costs_one_plan_and_not_one_for_each_file(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    def late(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/uploads"):
            return None
        return httpx.Response(200, text=api.arrived(request).text.replace("2999-", "1999-"))

    api.interceptors.append(late)
    root = make_directory({f"{number}": b"%d" % number for number in range(30)})
    assert client.packages.ingest(root, **WHAT).file_count == 30
    assert api.requested().count("POST /packages/pkg_1/uploads") == 2


def test_a_plan_that_is_too_large_for_one_answer_is_halved(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    def too_large(request: httpx.Request) -> httpx.Response | None:
        many = request.url.path.endswith("/uploads") and request.content.count(b'"path"') > 2
        return problem(422, "PLAN_TOO_LARGE", "Too many parts.") if many else None

    api.interceptors.append(too_large)
    root = make_directory({f"{n}": b"%d" % n for n in range(7)})
    assert client.packages.ingest(root, **WHAT).file_count == 7
