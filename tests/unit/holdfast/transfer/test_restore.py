import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from holdfast.errors import InputError, LocalError
from holdfast.sdk import Client
from holdfast.transfer.checks import Verdict
from tests.support.declared import WHAT
from tests.support.fakes.api import FakeApi

Make = Callable[[dict[str, bytes]], Path]
FILES = {"a": b"1", "sub/deep/é": b"22", "empty": b"", "large": os.urandom(600_000)}


@pytest.fixture
def target(client: Client, make_directory: Make, tmp_path: Path) -> Path:
    """Where to; pkg_1 holds FILES."""
    client.packages.ingest(make_directory(FILES), **WHAT)
    return tmp_path / "restored"


def contents(root: Path) -> dict[str, bytes]:
    files = sorted(path for path in root.rglob("*") if not path.is_dir())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_every_file_comes_back_byte_for_byte_and_nothing_else(client: Client, target: Path) -> None:
    assert client.packages.restore("pkg_1", target).verdict == Verdict.OK
    assert contents(target) == FILES


def test_restoring_again_fetches_only_what_is_missing(api: FakeApi, client: Client, target: Path) -> None:
    client.packages.restore("pkg_1", target)
    (target / "a").unlink()
    api.requests.clear()
    found = client.packages.restore("pkg_1", target)
    assert (found.verdict, found.counts["ok"]) == (Verdict.OK, 4)
    assert api.requested().count("GET /packages/pkg_1/download") == 1


def test_a_bad_file_is_named_and_does_not_appear(api: FakeApi, client: Client, target: Path) -> None:
    for key, body in list(api.store.objects.items()):
        if body == b"22":
            api.store.objects[key] = b"23"
    found = client.packages.restore("pkg_1", target)
    assert [check.path for check in found.files if check.verdict is Verdict.BAD] == ["sub/deep/é"]
    assert sorted(contents(target)) == ["a", "empty", "large"]


def test_other_content_in_the_way_stops_it_before_anything_is_written(client: Client, target: Path) -> None:
    target.mkdir()
    (target / "a").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"IN_THE_WAY.*nothing was written: a\."):
        client.packages.restore("pkg_1", target)
    assert contents(target) == {"a": b"mine"}


@pytest.mark.parametrize("kind", ["link", "directory", "dangling"])
def test_what_is_no_file_is_in_the_way_too(client: Client, target: Path, tmp_path: Path, kind: str) -> None:
    target.mkdir()
    same = tmp_path / "same"
    same.write_bytes(b"1")
    if kind == "directory":
        (target / "a").mkdir()
    else:
        (target / "a").symlink_to(same if kind == "link" else "nowhere")
    with pytest.raises(InputError, match="IN_THE_WAY"):
        client.packages.restore("pkg_1", target)
    assert same.read_bytes() == b"1"


def test_nothing_is_written_through_a_link(client: Client, target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target.mkdir()
    (target / "sub").symlink_to(outside)
    with pytest.raises(InputError, match="LINK_IN_THE_WAY"):
        client.packages.restore("pkg_1", target)
    assert list(outside.iterdir()) == []


def test_a_directory_that_is_a_link_itself_is_meant(client: Client, target: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target.symlink_to(tmp_path / "real")
    assert client.packages.restore("pkg_1", target).verdict == Verdict.OK
    assert contents(tmp_path / "real") == FILES


def test_a_file_where_the_directory_should_be_is_refused(client: Client, target: Path) -> None:
    target.write_text("")
    with pytest.raises(InputError, match="NOT_A_DIRECTORY"):
        client.packages.restore("pkg_1", target)


def test_a_file_where_a_directory_is_needed_is_refused(client: Client, target: Path) -> None:
    target.mkdir()
    (target / "sub").write_text("")
    with pytest.raises((InputError, LocalError), match="sub"):
        client.packages.restore("pkg_1", target)


@pytest.mark.parametrize("path", ["../escaped", "/etc/escaped", "a/../../escaped", "nul\0", "C:escaped"])
def test_a_hostile_manifest_writes_nothing(api: FakeApi, client: Client, tmp_path: Path, path: str) -> None:
    finalized(api, client, {path: b"1"})
    with pytest.raises(InputError, match="UNSAFE_PATH"):
        client.packages.restore("pkg_1", tmp_path / "target")
    assert contents(tmp_path / "target") == {}


def test_a_path_that_is_both_file_and_directory_is_refused(
    api: FakeApi, client: Client, tmp_path: Path
) -> None:
    finalized(api, client, {"a": b"1", "a/b": b"2"})
    with pytest.raises(InputError, match="PATH_COLLISION"):
        client.packages.restore("pkg_1", tmp_path / "target")


def test_paths_that_differ_in_case_are_two_files_on_a_disk_that_tells_them_apart(
    api: FakeApi, client: Client, tmp_path: Path
) -> None:
    finalized(api, client, {"README": b"1", "readme": b"2"})
    assert client.packages.restore("pkg_1", tmp_path / "target").verdict == Verdict.OK
    assert contents(tmp_path / "target") == {"README": b"1", "readme": b"2"}


def test_a_name_that_the_disk_does_not_take_is_an_error_of_the_disk(
    api: FakeApi, client: Client, tmp_path: Path
) -> None:
    finalized(api, client, {"x" * 300: b"1"})
    with pytest.raises(LocalError, match="UNWRITABLE"):
        client.packages.restore("pkg_1", tmp_path / "target")


def test_what_comes_in_the_way_meanwhile_is_left_alone(api: FakeApi, client: Client, target: Path) -> None:
    def meanwhile(request: httpx.Request) -> None:
        if request.url.host == "store.test":
            (target / "a").write_bytes(b"mine")

    api.interceptors.append(meanwhile)
    with pytest.raises(InputError, match="was created meanwhile"):
        client.packages.restore("pkg_1", target)
    assert (target / "a").read_bytes() == b"mine"
    assert not [path for path in contents(target) if "holdfast" in path]


def finalized(api: FakeApi, client: Client, files: dict[str, bytes]) -> None:
    """A finalized package with these files, whose paths no service would have taken."""
    client.packages.create(**WHAT, name="n")
    package = api.packages["pkg_1"]
    for path, body in files.items():
        package.declare(path, body)
    client.packages.finalize("pkg_1")
