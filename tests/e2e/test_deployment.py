"""What is shipped, driven as its users drive it: over API Gateway, S3 and SQS."""

import json
from hashlib import sha256
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from holdfast.api.manifests import MAX_INLINE_FINALIZE_FILES
from holdfast.api.uploads import MAX_PLAN_FILES
from infra.local.clients import REGION, session
from tests.e2e.conftest import deploy
from tests.support.stacks.deployment import Deployment, declare, send

pytestmark = pytest.mark.e2e

BODY = b"<testsuite/>"
PROBLEM = {"type", "title", "status", "code", "message", "details", "request_id"}


def test_health_needs_no_token(deployment: Deployment) -> None:
    answer = deployment.anonymous.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_every_part_is_well_under_the_functions_own_role(deployment: Deployment) -> None:
    details = deployment.home.owner.get("/health/details").json()
    assert details["status"] == "ok", details


def test_nobody_gets_in_without_a_token(deployment: Deployment) -> None:
    answer = deployment.anonymous.get("/packages")
    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHENTICATED"


def test_the_gateway_does_not_know_a_route_in_our_shape(deployment: Deployment) -> None:
    for client in (deployment.anonymous, deployment.home.owner):
        answer = client.get("/nowhere")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == PROBLEM
        assert answer.json()["code"] == "NOT_FOUND"


def test_a_package_of_nobodys_is_not_found(deployment: Deployment) -> None:
    answer = deployment.home.owner.get("/packages/pkg_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert answer.status_code == 404
    assert set(answer.json()) == PROBLEM


def test_a_package_is_handed_over_sealed_and_fetched(deployment: Deployment) -> None:
    package_id = deployment.home.create("uploaded")
    instruction = deployment.home.plan(package_id, [declare("report.xml", BODY)])[0]
    assert send(instruction, BODY).status_code == 200
    finalized = deployment.home.owner.post(
        f"/packages/{package_id}/finalize", json={"expected_file_count": 1}
    )
    assert finalized.status_code == 200, finalized.text
    manifest = deployment.home.owner.get(f"/packages/{package_id}/manifest").content
    assert finalized.json()["manifest_digest"] == f"sha256:{sha256(manifest).hexdigest()}"
    assert [file["path"] for file in json.loads(manifest)["files"]] == ["report.xml"]
    link = deployment.home.owner.get(f"/packages/{package_id}/download?path=report.xml&redirect=false")
    assert httpx.get(link.json()["url"]).content == BODY


def test_other_bytes_than_declared_are_refused_by_the_store(deployment: Deployment) -> None:
    package_id = deployment.home.create("tampered with")
    instruction = deployment.home.plan(package_id, [declare("report.xml", BODY)])[0]
    assert send(instruction, BODY[::-1]).status_code == 400
    refused = deployment.home.owner.post(f"/packages/{package_id}/finalize", json={})
    assert refused.status_code == 409
    assert refused.json()["code"] == "INCOMPLETE_PACKAGE"


def test_the_same_request_again_is_the_same_package(deployment: Deployment) -> None:
    key = {"Idempotency-Key": "e2e-once"}
    body = {"producer": "e2e", "kind": "junit", "name": "once"}
    first, second = (deployment.home.owner.post("/packages", json=body, headers=key) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]


def test_a_large_package_is_sealed_by_the_worker_behind_the_queue(deployment: Deployment) -> None:
    package_id = deployment.home.create("large")
    wanted = MAX_INLINE_FINALIZE_FILES + 1
    files = [declare(f"{number:05}.txt", BODY) for number in range(wanted)]
    plans = [
        deployment.home.plan(package_id, files[at : at + MAX_PLAN_FILES])
        for at in range(0, wanted, MAX_PLAN_FILES)
    ]
    send(plans[0][0], BODY)
    queued = deployment.home.owner.post(f"/packages/{package_id}/finalize", json={})
    assert queued.status_code == 202, queued.text
    operation = deployment.home.completed(queued.json()["operation_id"])
    assert operation["outcome"] == "succeeded", operation
    package = deployment.home.owner.get(f"/packages/{package_id}").json()
    assert (package["status"], package["file_count"]) == ("finalized", wanted)


def test_the_dispatcher_is_on_a_schedule_and_may_do_its_work(deployment: Deployment) -> None:
    rules = session().client("events", endpoint_url=deployment.engine.url).list_rules()["Rules"]
    assert "rate(1 minute)" in {rule.get("ScheduleExpression") for rule in rules}
    event = {
        "id": "1",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "0",
        "time": "now",
    }
    payload = json.dumps({**event, "version": "0", "region": REGION, "resources": [], "detail": {}})
    client = session().client("lambda", endpoint_url=deployment.engine.url)
    answer = client.invoke(FunctionName="holdfast-dev-dispatch-operations", Payload=payload)
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == 0


def test_the_engine_refuses_what_no_role_allows(deployment: Deployment) -> None:
    stranger = boto3.Session(aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x", region_name=REGION)
    client = stranger.client("dynamodb", endpoint_url=deployment.engine.url)
    with pytest.raises(ClientError, match=r"UnrecognizedClient|AccessDenied|InvalidClientTokenId"):
        client.describe_table(TableName=deployment.outputs["TableName"])


def test_deploying_the_same_again_changes_nothing(deployment: Deployment, artifact: Path) -> None:
    assert deploy(deployment.engine, artifact) == deployment.outputs
