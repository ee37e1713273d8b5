import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from holdfast.errors import InputError
from holdfast.sdk import Client
from holdfast.transfer.checks import Verdict
from tests.support.declared import WHAT
from tests.support.fakes.api import FakeApi

Make = Callable[[dict[str, bytes]], Path]
FILES = {"a": b"1", "sub/b": b"22", "empty": b""}


@pytest.fixture
def kept(client: Client, make_directory: Make) -> Path:
    """A finalized package, pkg_1, and the directory it is of."""
    root = make_directory(FILES)
    client.packages.ingest(root, **WHAT)
    return root


def key(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def verdicts_by_path(client: Client, directory: Path | None = None) -> dict[str, str]:
    found = client.packages.verify("pkg_1", directory=directory)
    return {check.path: check.verdict for check in found.files}


def test_what_is_as_sealed_is_ok(kept: Path, client: Client) -> None:
    for directory in (None, kept):
        found = client.packages.verify("pkg_1", directory=directory)
        assert (found.verdict, found.counts["ok"], found.extra) == (Verdict.OK, 3, [])


@pytest.mark.usefixtures("kept")
def test_a_flipped_byte_a_longer_file_and_a_lost_one_are_named(api: FakeApi, client: Client) -> None:
    api.store.objects[key(b"1")] = b"0"
    api.store.objects[key(b"")] = b"more"
    del api.store.objects[key(b"22")]
    assert verdicts_by_path(client) == {"a": "bad", "sub/b": "missing", "empty": "bad"}


@pytest.mark.usefixtures("kept")
def test_what_cannot_be_fetched_is_an_error_and_not_ok(api: FakeApi, client: Client) -> None:
    api.interceptors.append(lambda request: httpx.Response(403) if request.url.host == "store.test" else None)
    found = client.packages.verify("pkg_1")
    assert found.verdict == Verdict.ERROR
    assert "DOWNLOAD_REFUSED" in found.files[0].reason


@pytest.mark.usefixtures("kept")
def test_a_manifest_that_was_altered_is_bad_and_proves_nothing(api: FakeApi, client: Client) -> None:
    api.packages["pkg_1"].files["a"]["size"] = 7
    found = client.packages.verify("pkg_1")
    assert (found.verdict, found.manifest, found.files) == (Verdict.BAD, Verdict.BAD, [])


def test_a_local_copy_is_compared_file_by_file(kept: Path, client: Client) -> None:
    (kept / "a").write_bytes(b"0")
    (kept / "sub" / "b").unlink()
    (kept / "new").write_bytes(b"")
    found = client.packages.verify("pkg_1", directory=kept)
    assert {check.path: check.verdict for check in found.files} == {
        "a": "bad",
        "sub/b": "missing",
        "empty": "ok",
    }
    assert (found.extra, found.source, found.verdict) == (["new"], str(kept), Verdict.BAD)


def test_a_local_copy_is_compared_without_the_store(kept: Path, api: FakeApi, client: Client) -> None:
    api.requests.clear()
    api.store.objects.clear()
    assert set(verdicts_by_path(client, kept).values()) == {"ok"}
    assert api.requested() == ["GET /packages/pkg_1", "GET /packages/pkg_1/manifest"]


def test_an_open_package_has_nothing_to_check_against(client: Client) -> None:
    client.packages.create(**WHAT, name="n")
    with pytest.raises(InputError, match="pkg_1 is created"):
        client.packages.verify("pkg_1")


@pytest.mark.usefixtures("kept")
def test_a_line_that_breaks_is_taken_up_again_from_the_start(api: FakeApi, client: Client) -> None:
    broken: set[str] = set()

    def break_once(request: httpx.Request) -> httpx.Response | None:
        if request.url.host != "store.test" or request.url.path in broken:
            return None
        broken.add(request.url.path)
        return httpx.Response(200, stream=Breaking())

    api.interceptors.append(break_once)
    assert set(verdicts_by_path(client).values()) == {"ok"}


@pytest.mark.usefixtures("kept")
def test_a_line_that_always_breaks_is_an_error(api: FakeApi, client: Client) -> None:
    api.interceptors.append(
        lambda request: httpx.Response(200, stream=Breaking()) if request.url.host == "store.test" else None
    )
    assert set(verdicts_by_path(client).values()) == {"error"}


class Breaking(httpx.SyncByteStream):
    """A body that ends in a broken line."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"half"
        raise httpx.ReadError("reset")


@pytest.mark.usefixtures("kept")
def test_a_store_that_sends_without_end_is_cut_off(api: FakeApi, client: Client) -> None:
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        while len(sent) < 100_000:
            sent.append(1)
            yield b"x" * 1024

    def flood(request: httpx.Request) -> httpx.Response | None:
        is_a = request.url.path == f"/{key(b'1')}"
        return httpx.Response(200, content=endless()) if is_a else None

    api.interceptors.append(flood)
    assert verdicts_by_path(client)["a"] == "bad"
    assert len(sent) < 1000
