"""Code of a user's own, from its sources to a row that tells what made it, under the packaged roles."""

import io
import json
import zipfile
from hashlib import sha256
from typing import Any

import pytest

from infra.local.clients import REGION, session
from tests.support.stacks.deployment import Deployment, Workspace, answered, send

pytestmark = pytest.mark.e2e

CONTRACT = [
    {"name": "path", "type": "string", "required": True},
    {"name": "bytes", "type": "integer", "required": True},
]
FILES = {"reports/unit.xml": b"<testsuite tests='3'/>", "notes.txt": b"nothing that the hook asks for"}
ROW = {"path": "reports/unit.xml", "bytes": len(FILES["reports/unit.xml"])}
BUNDLE = """
import json, os, pathlib
given = pathlib.Path(os.environ["HOLDFAST_INPUT"])
left = pathlib.Path(os.environ["HOLDFAST_OUTPUT"])
files = [path for path in given.rglob("*") if path.is_file()]
rows = [{"path": str(path.relative_to(given)), "bytes": path.stat().st_size} for path in files]
(left / "rows.ndjson").write_text("".join(json.dumps(row) + "\\n" for row in rows))
(left / "result.json").write_text(json.dumps({"status": "passed"}))
"""
FUNCTION = """
import json, urllib.request
def put(drop, text):
    asked = urllib.request.Request(drop["url"], data=text.encode(), headers=drop["headers"], method="PUT")
    urllib.request.urlopen(asked).close()
def handler(event, context):
    rows = []
    for file in event["inputs"]:
        with urllib.request.urlopen(file["url"]) as body:
            rows.append({"path": file["path"], "bytes": len(body.read())})
    put(event["outputs"]["rows.ndjson"], "".join(json.dumps(row) + "\\n" for row in rows))
    put(event["outputs"]["result.json"], json.dumps({"status": "passed"}))
"""


def zipped(name: str, source: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, source)
    return packed.getvalue()


def bundle(workspace: Workspace, hook: str, content: bytes) -> str:
    """Hand the zip over; its digest."""
    digest = sha256(content).hexdigest()
    asked = workspace.owner.post(f"/hooks/{hook}/bundles", json={"digest": digest, "size": len(content)})
    assert send(answered(asked), content).status_code == 200
    return digest


def declared(workspace: Workspace, slug: str, release: dict[str, Any]) -> None:
    """A convention with one hook, released in the same call."""
    entry = {"feature": "sizes", "contract": CONTRACT, "inputs": ["**/*.xml"], **release}
    body = {"slug": slug, "title": "Reports and their sizes", "hooks": [entry]}
    answered(workspace.owner.post("/conventions", json=body), 201)


def finished_run(workspace: Workspace, package_id: str) -> dict[str, Any]:
    """The run on the package, once its operation has ended."""
    (run,) = answered(workspace.owner.get(f"/packages/{package_id}/hook-runs"))["items"]
    workspace.completed(run["operation_id"])
    return answered(workspace.owner.get(f"/hook-runs/{run['id']}"))


def test_a_row_of_a_bundle_leads_back_to_the_code_the_config_and_the_evidence(
    deployment: Deployment,
) -> None:
    home, config = deployment.home, {"least": 1}
    digest = bundle(home, "sizes", zipped("main.py", BUNDLE))
    release = {"name": "sizes", "digest": digest, "config": config, "source_ref": "git:4711"}
    declared(home, "reports", release)
    package = home.finalized("with hooks", FILES, convention="reports")
    run = finished_run(home, package["id"])
    assert run["status"] == "succeeded", run
    (row,) = answered(home.owner.get(f"/features/sizes?run_id={run['id']}&provenance=true"))["items"]
    assert row["data"] == ROW
    made_by = {name: row[name] for name in ("run_id", "hook", "version", "digest", "config", "source_ref")}
    assert made_by == {
        "run_id": run["id"],
        "hook": "sizes",
        "version": 1,
        "digest": digest,
        "config": config,
        "source_ref": "git:4711",
    }
    assert (row["package_id"], row["manifest_digest"]) == (package["id"], package["manifest_digest"])


def test_a_rerun_of_what_a_release_made_runs_under_the_same_roles(deployment: Deployment) -> None:
    home = deployment.home
    declared(home, "again", {"name": "again", "digest": bundle(home, "again", zipped("main.py", BUNDLE))})
    package = home.finalized("run twice", FILES, convention="again")
    finished_run(home, package["id"])
    fixed = bundle(home, "again", zipped("main.py", f"{BUNDLE}# fixed"))
    second = {"feature": "sizes", "contract": CONTRACT, "digest": fixed}
    answered(home.owner.post("/hooks/again/releases", json=second), 201)
    (queued,) = answered(home.owner.post("/hooks/again/releases/1/rerun", json={}), 202)["queued"]
    ended = home.completed(queued["operation_id"])
    assert ended["outcome"] == "succeeded", ended


def test_a_published_function_is_invoked_and_leaves_its_rows(deployment: Deployment) -> None:
    home = deployment.home
    published = function(deployment, "holdfast-dev-hook-sizes")
    release = {
        "name": "function-sizes",
        "runtime": "lambda",
        "digest": published["CodeSha256"],
        "function_arn": published["FunctionArn"],
    }
    declared(home, "function-reports", release)
    package = home.finalized("for a function", FILES, convention="function-reports")
    run = finished_run(home, package["id"])
    assert (run["status"], run["reason"]) == ("succeeded", None)
    (row,) = answered(home.owner.get(f"/features/sizes?run_id={run['id']}"))["items"]
    assert row["data"] == ROW


def test_a_release_cannot_make_the_worker_invoke_a_function_of_ours(deployment: Deployment) -> None:
    home = deployment.home
    client = session().client("lambda", endpoint_url=deployment.engine.url)
    ours = client.publish_version(FunctionName="holdfast-dev-dispatch-operations")
    release = {
        "name": "burglar",
        "runtime": "lambda",
        "digest": ours["CodeSha256"],
        "function_arn": ours["FunctionArn"],
    }
    declared(home, "burglary", release)
    run = finished_run(home, home.finalized("bait", FILES, convention="burglary")["id"])
    assert (run["status"], run["code"]) == ("failed", "HOOK_NOT_STARTED")
    assert "AccessDenied" in run["reason"]


def function(deployment: Deployment, name: str) -> dict[str, Any]:
    """A published version of a function that any account could have, with a role that allows nothing."""
    iam = session().client("iam", endpoint_url=deployment.engine.url)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    client = session().client("lambda", endpoint_url=deployment.engine.url, region_name=REGION)
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped("index.py", FUNCTION)},
        Timeout=30,
    )
    return dict(client.publish_version(FunctionName=name))
