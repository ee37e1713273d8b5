import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from holdfast.api.packages import Package
from holdfast.errors import ApiError, InputError, LocalError, StoreError
from holdfast.sdk import Client
from holdfast.transfer.options import IngestOptions
from tests.support.declared import WHAT
from tests.support.fakes.api import FakeApi, problem

Make = Callable[[dict[str, bytes]], Path]


class Seen:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def created(self, package: Package) -> None:
        self.told.append(package.id)

    def started(self, *, files: int, size: int) -> None:
        self.told.append((files, size))

    def advanced(self, size: int) -> None:
        self.told.append(size)


def test_a_directory_becomes_a_sealed_package(client: Client, make_directory: Make) -> None:
    root = make_directory({"a.txt": b"one", "sub/é.json": b"{}", "empty": b""})
    result = client.packages.ingest(root, **WHAT)
    assert (result.package_id, result.file_count, result.total_bytes) == ("pkg_1", 3, 5)
    assert [file.path for file in client.packages.manifest("pkg_1").files] == ["a.txt", "empty", "sub/é.json"]
    assert (result.package.status, result.package.name, result.recognised) == ("finalized", "run", [])


def test_what_is_said_is_what_the_package_says(client: Client, make_directory: Make) -> None:
    said: IngestOptions = {
        "kind": "junit",
        "producer": "nightly",
        "name": "n",
        "version": "2",
        "retention_class": "transient",
        "convention": "finalized-run",
    }
    package = client.packages.ingest(make_directory({"a": b""}), **said).package
    assert {name: getattr(package, name) for name in said} == said


@pytest.mark.parametrize(("count", "calls"), [(1, 3), (500, 3), (501, 4), (1001, 5)])
def test_requests_are_two_and_one_for_500_files(
    api: FakeApi, client: Client, make_directory: Make, count: int, calls: int
) -> None:
    client.packages.ingest(make_directory({f"{n:04d}": b"%d" % n for n in range(count)}), **WHAT)
    assert len(api.requests) == calls
    assert len(api.store.puts) == count


def test_equal_content_is_sent_once(api: FakeApi, client: Client, make_directory: Make) -> None:
    client.packages.ingest(make_directory({f"{n:04d}": b"same" for n in range(700)}), **WHAT)
    assert len(api.store.puts) == 1


def test_large_files_are_streamed_from_disk(api: FakeApi, client: Client, make_directory: Make) -> None:
    body = os.urandom(3 * 1024 * 1024 + 1)
    client.packages.ingest(make_directory({"large": body}), **WHAT)
    assert api.store.puts[0].content == body
    assert api.store.puts[0].headers["content-length"] == str(len(body))


def test_very_large_files_are_sent_in_parts(api: FakeApi, client: Client, make_directory: Make) -> None:
    api.part_bytes = 1000
    client.packages.ingest(make_directory({"a": os.urandom(2500), "b": b"whole"}), **WHAT)
    assert sorted(len(put.content) for put in api.store.puts) == [5, 500, 1000, 1000]


def test_whoever_watches_is_told(client: Client, make_directory: Make) -> None:
    seen = Seen()
    client.packages.ingest(make_directory({"a": b"1", "b": b"22", "again": b"22"}), **WHAT, observer=seen)
    assert seen.told[:2] == ["pkg_1", (3, 5)]
    assert sorted(map(str, seen.told[2:])) == ["1", "2", "2"]


def test_an_empty_directory_is_told_about(client: Client, make_directory: Make) -> None:
    root = make_directory({"a": b""})
    (root / "void").mkdir()
    told = client.packages.ingest(root, kind="nightly-run", producer="nightly").warnings
    assert told == ["void/ is empty and cannot be kept"]


@pytest.mark.parametrize(
    ("said", "missing"),
    [({"kind": "junit"}, "--producer"), ({"producer": "nightly"}, "--kind"), ({}, "--kind and --producer")],
)
def test_what_nobody_recognises_must_be_named(
    api: FakeApi, client: Client, make_directory: Make, said: IngestOptions, missing: str
) -> None:
    with pytest.raises(InputError) as raised:
        client.packages.ingest(make_directory({"a": b""}), **said)
    assert raised.value.next_step == f"Add {missing}."
    assert api.requests == []


def test_nothing_is_created_for_what_cannot_be_kept(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    root = make_directory({"a": b""})
    (root / "out").symlink_to("/etc/hostname")
    with pytest.raises(InputError):
        client.packages.ingest(root, **WHAT)
    (root / "out").unlink()
    (root / "a").unlink()
    with pytest.raises(InputError, match="EMPTY_DIRECTORY"):
        client.packages.ingest(root, **WHAT)
    assert api.requests == []


def test_a_file_that_changes_meanwhile_ends_it_by_name(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    root = make_directory({"a": b"1", "log.txt": b"first line"})

    def write_more(request: httpx.Request) -> None:
        if request.url.path.endswith("/packages"):
            (root / "log.txt").write_bytes(b"first line, second line")

    api.interceptors.append(write_more)
    with pytest.raises(LocalError, match=r"FILE_CHANGED: log\.txt"):
        client.packages.ingest(root, **WHAT)


def test_a_large_file_that_changes_between_hash_and_send_ends_it_by_name(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    root = make_directory({"large": os.urandom(2 * 1024 * 1024)})

    def write_over(request: httpx.Request) -> None:
        if request.url.path.endswith("/uploads"):
            (root / "large").write_bytes(os.urandom(2 * 1024 * 1024))

    api.interceptors.append(write_over)
    with pytest.raises(LocalError, match="FILE_CHANGED: large"):
        client.packages.ingest(root, **WHAT)


def test_an_error_after_the_creation_notes_the_package(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    api.interceptors.append(
        lambda request: problem(403, "FORBIDDEN", "No.") if request.url.path.endswith("/uploads") else None
    )
    with pytest.raises(ApiError) as raised:
        client.packages.ingest(make_directory({"a": b""}), **WHAT)
    assert "pkg_1" in raised.value.__notes__[0]


def test_the_store_refusing_a_file_ends_it_by_name(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    refusal = httpx.Response(400, text="<Error><Code>BadDigest</Code></Error>")
    api.interceptors.append(lambda request: refusal if request.url.host == "store.test" else None)
    with pytest.raises(StoreError, match="The store refused a: 400 BadDigest"):
        client.packages.ingest(make_directory({"a": b""}), **WHAT)


def test_one_failure_stops_the_rest(api: FakeApi, client: Client, make_directory: Make) -> None:
    refusal = httpx.Response(400)
    api.interceptors.append(lambda request: refusal if request.url.host == "store.test" else None)
    root = make_directory({f"{n:04d}": b"%d" % n for n in range(2000)})
    with pytest.raises(StoreError):
        client.packages.ingest(root, **WHAT, jobs=2)
    assert "POST /packages/pkg_1/finalize" not in api.requested()
    assert api.store.objects == {}


def test_uploads_that_fail_now_and_then_are_sent_again(
    api: FakeApi, client: Client, make_directory: Make
) -> None:
    seen: set[str] = set()

    def flaky(request: httpx.Request) -> httpx.Response | None:
        if request.url.host != "store.test" or request.url.path in seen:
            return None
        seen.add(request.url.path)
        if len(seen) % 2:
            raise httpx.WriteError("reset", request=request)
        return httpx.Response(503)

    api.interceptors.append(flaky)
    root = make_directory({"a": b"1", "b": b"2", "c": os.urandom(2 * 1024 * 1024)})
    assert client.packages.ingest(root, **WHAT).file_count == 3
