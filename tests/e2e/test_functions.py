"""A function for each group of domains: each answers its own paths, and no others, under its own role."""

import json
from typing import Any

import pytest

from infra.groups import GROUPS
from infra.local.clients import session
from tests.support.factories import WORKSPACE
from tests.support.stacks.deployment import Deployment, answered

pytestmark = pytest.mark.e2e

PATHS = {
    "web": ["/health", "/errors", "/openapi.json"],
    "members": ["/members"],
    "packages": ["/packages", "/retention/policy", "/retention/eligible", "/integrity/alarms"],
    "hooks": ["/hooks", "/conventions", "/hook-runs"],
    "operations": ["/operations", "/operations/summary", "/notifications"],
}
ELSEWHERE = {"web": "/members", "members": "/packages", "packages": "/hooks", "hooks": "/operations"}
ELSEWHERE["operations"] = "/packages"
BODIES = {"/packages": {"producer": "e2e", "kind": "junit", "name": "from the wrong function"}}


def name(group: str) -> str:
    return f"holdfast-dev-api-{group}"


def invoke(deployment: Deployment, group: str, path: str, method: str, body: Any) -> dict[str, Any]:
    """What a function answers to an event for `path`, which API Gateway would send elsewhere."""
    event = {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {
            "authorization": f"Bearer {deployment.token()}",
            "content-type": "application/json",
            "holdfast-workspace": WORKSPACE,
        },
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"resourcePath": path, "httpMethod": method, "identity": {}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    client = session().client("lambda", endpoint_url=deployment.engine.url)
    answer = client.invoke(FunctionName=name(group), Payload=json.dumps(event))
    assert "FunctionError" not in answer
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def test_there_is_a_path_to_try_for_each_group() -> None:
    assert set(PATHS) == set(ELSEWHERE) == set(GROUPS)


@pytest.mark.parametrize("path", [path for paths in PATHS.values() for path in paths])
def test_a_path_of_each_group_answers(deployment: Deployment, path: str) -> None:
    answered(deployment.home.owner.get(path))


@pytest.mark.parametrize("group", PATHS)
def test_a_method_that_a_path_has_not_is_refused_by_the_function_that_serves_it(
    deployment: Deployment, group: str
) -> None:
    # invoked directly: ministack 1.5.33 leaves the any-method out when it imports the API
    answer = invoke(deployment, group, PATHS[group][0], "PATCH", {})
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer["headers"]["Allow"]


def test_each_function_of_the_api_has_a_role_of_its_own(deployment: Deployment) -> None:
    client = session().client("lambda", endpoint_url=deployment.engine.url)
    found = {group: client.get_function_configuration(FunctionName=name(group)) for group in GROUPS}
    assert len({configuration["Role"] for configuration in found.values()}) == len(GROUPS)
    serves = {group: made["Environment"]["Variables"]["HOLDFAST_SERVES"] for group, made in found.items()}
    assert serves == {group: ",".join(domains) for group, domains in GROUPS.items()}


@pytest.mark.parametrize("group", PATHS)
def test_a_function_that_is_asked_for_a_path_of_another_answers_that_there_is_none(
    deployment: Deployment, group: str
) -> None:
    path = ELSEWHERE[group]
    method = "POST" if path in BODIES else "GET"
    before = deployment.home.owner.get(path).json()["items"]
    answer = invoke(deployment, group, path, method, BODIES.get(path))
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (404, "NOT_FOUND")
    assert deployment.home.owner.get(path).json()["items"] == before
