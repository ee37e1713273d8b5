"""A published function, invoked on the embedded Lambda: it reads and writes by signed links alone."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from chalicelib.core import ids
from chalicelib.core.settings import settings
from chalicelib.hooks.models.execution import Attempt
from chalicelib.hooks.service.lambda_runtime import run
from chalicelib.sandbox.command import Ended
from holdfast.api.releases import Release
from tests.conftest import Configure
from tests.support.sandbox.jobs import make_function_release, make_input, make_job
from tests.support.served import Deployed

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SOURCE = """
import json, urllib.request
def handler(event, context):
    read = [urllib.request.urlopen(each["url"]).read().decode() for each in event["inputs"]]
    rows = json.dumps({"suite": read[0], "depth": event["config"]["depth"]}) + "\\n"
    print("read", len(read))
    leave(event["outputs"]["rows.ndjson"], rows * event["config"].get("times", 1))
    leave(event["outputs"]["result.json"], json.dumps({"status": "passed"}))
def leave(drop, text):
    request = urllib.request.Request(drop["url"], text.encode(), drop["headers"], method="PUT")
    urllib.request.urlopen(request).read()
"""


@pytest.fixture
def client(deployed: Deployed, adjust: Configure) -> Iterator["LambdaClient"]:
    """The embedded Lambda, which the service is set to."""
    adjust(lambda_endpoint_url=deployed.engine_url)
    made = boto3.client("lambda", endpoint_url=settings().lambda_endpoint_url)
    yield made
    made.close()


@pytest.fixture
def released(client: "LambdaClient") -> Release:
    """A release of the published function."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.py", SOURCE)
    name = f"suites-{ids.new('function').lower()}".replace("_", "-")
    made: Any = client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/none",
        Handler="main.handler",
        Code={"ZipFile": buffer.getvalue()},
        Publish=True,
        Timeout=20,
    )
    return make_function_release(digest=made["CodeSha256"], function_arn=made["FunctionArn"])


def invoked(released: Release, folder: Path, **overrides: Any) -> Attempt:
    """How an invocation on one small file ended."""
    values = {"inputs": [make_input("suite.txt", b"api")]} | overrides
    return run(make_job(folder, released, **values), step=lambda: None)


def test_a_published_function_reads_its_inputs_and_leaves_its_output(
    released: Release, tmp_path: Path
) -> None:
    found = invoked(released, tmp_path / "job")
    assert (found.ended, found.reason, found.isolation) == (Ended.EXITED, "", ["function"])
    left = {path.name: json.loads(path.read_text()) for path in (tmp_path / "job/output").iterdir()}
    assert left == {"rows.ndjson": {"suite": "api", "depth": 2}, "result.json": {"status": "passed"}}


def test_more_output_than_allowed_is_not_fetched(released: Release, tmp_path: Path) -> None:
    found = invoked(released, tmp_path / "job", config={"depth": 1, "times": 50_000})
    assert (found.ended, found.reason) == (Ended.OUTPUT_EXCEEDED, "It left more than 1048576 bytes.")
    assert list((tmp_path / "job/output").iterdir()) == []


def test_what_a_function_raises_is_told(released: Release, tmp_path: Path) -> None:
    found = invoked(released, tmp_path / "job", inputs=[])
    assert (found.ended, found.exit_code) == (Ended.EXITED, 1)
    assert "list index out of range" in found.reason


def test_a_version_with_other_code_than_was_released_is_not_invoked(
    released: Release, tmp_path: Path
) -> None:
    other = released.model_copy(update={"digest": "A" * 43 + "="})
    assert invoked(other, tmp_path / "job").ended is Ended.DIGEST_MISMATCH


def test_an_account_that_has_no_such_function_is_told(released: Release, tmp_path: Path) -> None:
    arn = (released.function_arn or "").replace("000000000000", "999999999999")
    elsewhere = released.model_copy(update={"function_arn": arn.replace("suites", "nowhere")})
    assert invoked(elsewhere, tmp_path / "job").ended is Ended.FAILED_TO_START
