"""The client against the service itself, in the embedded stack: what the fake promises holds there too."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from chalicelib.core.settings import MIB
from holdfast.api.operations import Counter
from holdfast.cli.main import app
from holdfast.errors import ApiError, StoreError
from holdfast.sdk import Client
from holdfast.transfer.checks import Verdict
from infra.local.clients import session
from infra.local.stack import Stack
from tests.support.declared import WHAT

Make = Callable[[dict[str, bytes]], Path]
FILES = {"a.json": b"{}", "sub/été.txt": b"2", "empty": b"", "copy.json": b"{}"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose parts are as small as they may be."""
    parts = {"HOLDFAST_MULTIPART_THRESHOLD_BYTES": str(5 * MIB)}
    with Stack(tmp_path_factory.mktemp("stack") / "home", environment=parts) as running:
        yield running


@pytest.fixture(autouse=True)
def waits() -> list[float]:
    """Here the client waits as it would."""
    return []


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    """A client of the stack."""
    with Client(stack.url, stack.token) as client:
        yield client


def test_what_is_handed_over_comes_back_and_holds(
    client: Client, make_directory: Make, tmp_path: Path
) -> None:
    root = make_directory({**FILES, "large.bin": os.urandom(11 * MIB)})
    package_id = client.packages.ingest(root, **WHAT).package_id
    for directory in (None, root):
        assert client.packages.verify(package_id, directory=directory).verdict is Verdict.OK
    assert client.packages.restore(package_id, tmp_path / "back").verdict is Verdict.OK
    assert client.packages.verify(package_id, directory=tmp_path / "back").counts["ok"] == 5


def test_more_files_than_a_request_can_seal_are_sealed_by_a_worker(
    client: Client, make_directory: Make
) -> None:
    root = make_directory({f"{number:04d}": b"same" for number in range(2001)})
    result = client.packages.ingest(root, **WHAT)
    assert (result.package.status, result.file_count) == ("finalized", 2001)


def test_what_reports_tell_is_kept_with_the_package(client: Client, make_directory: Make) -> None:
    root = make_directory({"coverage.xml": b'<coverage line-rate="0.8333"/>', "junit.xml": b""})
    ingested = client.packages.ingest(root, producer="nightly")
    kept = client.packages.get(ingested.package_id)
    assert (kept.kind, kept.metadata["warnings"]) == ("coverage", ingested.warnings)
    told = {"path": "coverage.xml", "tool": "cobertura", "line_rate": 0.8333}
    assert kept.metadata["coverage"] == {"report_count": 1, "totals": {}, "reports": [told]}
    assert [warning.split(" is ")[0] for warning in ingested.warnings] == ["junit.xml"]


def test_an_interrupted_ingest_is_resumed(stack: Stack, client: Client, make_directory: Make) -> None:
    root = make_directory({**FILES, "large.bin": os.urandom(11 * MIB)})
    with Client(stack.url, stack.token, http=Flaky()) as flaky, pytest.raises(StoreError) as raised:
        flaky.packages.ingest(root, **WHAT, jobs=1)
    package_id = raised.value.__notes__[0].split()[1]
    assert client.packages.get(package_id).status == "uploading"
    assert client.packages.ingest(root, resume=package_id).file_count == 5
    assert client.packages.verify(package_id).verdict is Verdict.OK


class Flaky(httpx.Client):
    """A client whose store refuses the third upload."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        self.puts += request.method == "PUT"
        if self.puts == 3:
            return httpx.Response(400, request=request)
        return super().send(request, **options)


def test_bytes_that_rot_in_the_store_are_found(stack: Stack, client: Client, make_directory: Make) -> None:
    package_id = client.packages.ingest(make_directory(FILES), **WHAT).package_id
    files = {file.path: file.storage.key for file in client.packages.files(package_id)}
    store = session().client("s3", endpoint_url=stack.engine.url)
    store.put_object(Bucket=stack.engine.bucket, Key=files["sub/été.txt"], Body=b"3")
    store.delete_object(Bucket=stack.engine.bucket, Key=files["empty"])
    found = {check.path: check.verdict for check in client.packages.verify(package_id).files}
    assert found == {"a.json": "ok", "copy.json": "ok", "sub/été.txt": "bad", "empty": "missing"}


def verified(stack: Stack, package_id: str) -> Result:
    """`holdfast package verify PKG --wait`, asked of the stack."""
    named = {"HOLDFAST_URL": stack.url, "HOLDFAST_TOKEN": stack.token}
    return CliRunner().invoke(app, ["package", "verify", package_id, "--wait"], env=named)


def test_the_service_itself_finds_a_byte_that_was_altered_and_the_command_ends_with_1(
    stack: Stack, client: Client, make_directory: Make
) -> None:
    package_id = client.packages.ingest(make_directory(FILES), **WHAT).package_id
    right = verified(stack, package_id)
    assert (right.exit_code, right.stdout.startswith("op_")) == (0, True)
    files = {file.path: file.storage.key for file in client.packages.files(package_id)}
    store = session().client("s3", endpoint_url=stack.engine.url)
    store.put_object(Bucket=stack.engine.bucket, Key=files["sub/été.txt"], Body=b"3")
    ended = verified(stack, package_id)
    assert ended.exit_code == 1
    assert [line.split()[:2] for line in ended.stdout.splitlines()[1:-1]] == [["sub/été.txt", "bad"]]
    operation = client.operations.get(ended.stdout.split()[-1])
    assert (operation.outcome, operation.summary_counts[Counter.BAD]) == ("failed", 1)
    assert operation.id in [notice.operation_id for notice in client.operations.notifications()]


def test_a_member_may_what_their_role_says_until_they_are_removed(stack: Stack, client: Client) -> None:
    named = {"HOLDFAST_URL": stack.url, "HOLDFAST_TOKEN": stack.token, "HOLDFAST_HOME": str(stack.home)}

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words], env=named)

    assert run("member", "add", "grace@example.org", "--role", "viewer").exit_code == 0
    token = run("local", "token", "--sub", "grace@example.org", "--role", "MEMBER").stdout.strip()
    with Client(stack.url, token, "local") as grace:
        list(grace.packages.list())
        with pytest.raises(ApiError, match="FORBIDDEN"):
            grace.members.add("linus", role="owner")
        seen = client.members.get("grace@example.org")
        client.members.change("grace@example.org", role="owner", seen=seen)
        assert grace.members.add("linus", role="viewer").added_by == "grace@example.org"
        with pytest.raises(ApiError, match="LAST_OWNER"):
            grace.members.leave()
        client.members.change("linus", role="owner")
        assert run("member", "remove", "grace@example.org").exit_code == 0
        with pytest.raises(ApiError, match="NOT_FOUND"):
            list(grace.packages.list())
