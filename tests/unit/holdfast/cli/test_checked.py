import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.fakes.api import FakeApi
from tests.unit.holdfast.cli.conftest import Run

Make = Callable[[dict[str, bytes]], Path]
FILES = {"a": b"1", "sub/b": b"22"}


@pytest.fixture
def kept(service: str, run: Run, make_directory: Make) -> Path:  # noqa: ARG001  it must be there
    """A finalized package, pkg_1, and the directory it is of."""
    root = make_directory(FILES)
    assert run("ingest", str(root), "--kind", "junit", "--producer", "nightly").exit_code == 0
    return root


def spoil(api: FakeApi, body: bytes) -> None:
    """Other bytes where `body` was."""
    api.store.objects[hashlib.sha256(body).hexdigest()] = b"other"


@pytest.mark.usefixtures("kept")
def test_verify_ends_with_0_when_all_is_as_sealed(run: Run) -> None:
    ended = run("verify", "pkg_1")
    assert (ended.exit_code, ended.stdout) == (0, "ok: 2 of 2 files as in the manifest\n")


@pytest.mark.usefixtures("kept")
def test_verify_ends_with_1_and_names_what_is_bad(api: FakeApi, run: Run) -> None:
    spoil(api, b"22")
    ended = run("verify", "pkg_1")
    assert ended.exit_code == 1
    assert [line.split()[:2] for line in ended.stdout.splitlines()[1:2]] == [["bad", "sub/b"]]


@pytest.mark.usefixtures("kept")
def test_verify_tells_scripts_the_verdict_on_each_file(api: FakeApi, run: Run) -> None:
    spoil(api, b"22")
    told = json.loads(run("verify", "pkg_1", "--json").stdout)
    assert (told["verdict"], told["counts"]["bad"], told["manifest"]["verdict"]) == ("bad", 1, "ok")
    assert [(file["path"], file["verdict"]) for file in told["files"]] == [("a", "ok"), ("sub/b", "bad")]


@pytest.mark.usefixtures("kept")
def test_verify_ends_with_1_when_the_manifest_was_altered(api: FakeApi, run: Run) -> None:
    api.packages["pkg_1"].files["a"]["size"] = 7
    ended = run("verify", "pkg_1")
    assert ended.exit_code == 1
    assert "(the manifest)" in ended.stdout


@pytest.mark.usefixtures("kept")
def test_verify_ends_with_3_when_nobody_can_say(api: FakeApi, run: Run) -> None:
    api.interceptors.append(lambda request: httpx.Response(403) if "/store/" in str(request.url) else None)
    assert run("verify", "pkg_1").exit_code == 3


def test_verify_compares_with_a_local_copy(kept: Path, run: Run) -> None:
    assert run("verify", "pkg_1", "--dir", str(kept)).exit_code == 0
    (kept / "new").write_text("")
    (kept / "a").unlink()
    ended = run("verify", "pkg_1", "--dir", str(kept))
    assert ended.exit_code == 1
    assert [line.split()[:2] for line in ended.stdout.splitlines()[1:3]] == [
        ["missing", "a"],
        ["extra", "new"],
    ]


@pytest.mark.usefixtures("kept")
def test_download_writes_and_verifies(run: Run, tmp_path: Path) -> None:
    ended = run("download", "pkg_1", str(tmp_path / "back"), "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["verdict"]) == (0, "ok")
    assert (tmp_path / "back/sub/b").read_bytes() == b"22"


@pytest.mark.usefixtures("kept")
def test_download_ends_with_1_when_a_file_is_bad_and_with_2_when_it_is_in_the_way(
    api: FakeApi, run: Run, tmp_path: Path
) -> None:
    spoil(api, b"22")
    assert run("download", "pkg_1", str(tmp_path / "back")).exit_code == 1
    (tmp_path / "back/a").write_bytes(b"mine")
    ended = run("download", "pkg_1", str(tmp_path / "back"))
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "IN_THE_WAY")
