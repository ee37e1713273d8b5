"""Deploying: what changed is changed, what did not is left alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import Deployer, with_code
from infra.local.clients import session
from infra.local.engine import Engine

QUEUE = "deployed-by-a-test"


def make_package(folder: Path, *, hidden_s: int = 10) -> Path:
    """A package of one queue; its name is a parameter and an output."""
    queue = {"QueueName": {"Ref": "Name"}, "VisibilityTimeout": hidden_s}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": queue}},
        "Outputs": {"Name": {"Value": {"Ref": "Name"}}},
    }
    (folder / "sam.json").write_text(json.dumps(template))
    (folder / "deployment.zip").write_bytes(b"code")
    return folder


def hidden_s(engine: Engine) -> int:
    client = session().client("sqs", endpoint_url=engine.url)
    url = client.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    client.close()
    return int(found["VisibilityTimeout"])


@pytest.fixture
def deployer(engine: Engine) -> Deployer:
    return Deployer(session(), endpoint_url=engine.url, wait_s=1)


def test_a_stack_is_created_left_alone_and_updated(
    engine: Engine, deployer: Deployer, tmp_path: Path
) -> None:
    parameters = {"Name": QUEUE}
    assert deployer.deploy(make_package(tmp_path), "small", parameters) == {"Name": QUEUE}
    assert deployer.deploy(make_package(tmp_path), "small", parameters) == {"Name": QUEUE}
    assert hidden_s(engine) == 10
    deployer.deploy(make_package(tmp_path, hidden_s=20), "small", parameters)
    assert hidden_s(engine) == 20


def test_the_code_of_every_function_is_where_it_was_put() -> None:
    properties = {"CodeUri": "./deployment.zip", "Timeout": 3}
    function = {"Type": "AWS::Serverless::Function", "Properties": properties}
    queue: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {}}
    code = {"Bucket": "artifacts", "Key": "digest.zip"}
    made = with_code({"Resources": {"One": function, "Queue": queue}}, code)
    assert made["Resources"]["One"]["Properties"] == {"CodeUri": code, "Timeout": 3}
    assert made["Resources"]["Queue"] == queue
    assert properties["CodeUri"] == "./deployment.zip"
