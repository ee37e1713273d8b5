"""The artifact of `make package`, deployed by CloudFormation into an engine that enforces every role."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import Deployer
from infra.local.clients import session
from infra.local.engine import Engine
from infra.template import FUNCTION
from tests.support import machines
from tests.support.stacks.deployment import Deployment

PACKAGE = Path(__file__).parents[2] / "build" / "package"
STAGE = "dev"
RESPONSES = "x-amazon-apigateway-gateway-responses"
ENDPOINTS = (
    "DynamodbEndpointUrl",
    "S3EndpointUrl",
    "SqsEndpointUrl",
    "SecretsEndpointUrl",
    "LambdaEndpointUrl",
)


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was packaged, with an issuer of machine tokens among its stage's variables.

    The setting: docs/guides/connect-a-ci-issuer.md.
    """
    assert (PACKAGE / "deployment.zip").exists(), (
        "There is nothing to deploy: run `make e2e`, which packages first."
    )
    copy = shutil.copytree(PACKAGE, tmp_path_factory.mktemp("artifact") / "package")
    template = json.loads((copy / "sam.json").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == FUNCTION:
            variables = resource["Properties"]["Environment"]["Variables"]
            variables["HOLDFAST_EXTRA_ISSUER"] = machines.setting()
    (copy / "sam.json").write_text(json.dumps(template))
    return copy


@pytest.fixture(scope="session")
def deployment(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    log = tmp_path_factory.mktemp("e2e") / "engine.log"
    with Engine(log, enforces_roles=True) as engine:
        outputs = deploy(engine, artifact)
        make_up_for_the_emulator(engine, outputs)
        with Deployment(engine, outputs, token_secret(engine, outputs)) as deployed:
            yield deployed


def deploy(engine: Engine, artifact: Path) -> dict[str, str]:
    """Deploy the artifact as `make deploy` does; the stack's outputs."""
    parameters = {**dict.fromkeys(ENDPOINTS, engine.url), "S3AddressingStyle": "path"}
    return Deployer(session(), endpoint_url=engine.url, wait_s=1).deploy(artifact, STAGE, parameters)


def make_up_for_the_emulator(engine: Engine, outputs: dict[str, str]) -> None:
    """What AWS does and ministack 1.5.33 does not, and the other way round.

    Loopback has no TLS, so the bucket's TLS-only policy would refuse every request. The import of an
    API leaves its gateway responses out: they are put from the artifact, and deployed.
    """
    s3 = session().client("s3", endpoint_url=engine.url)
    s3.delete_bucket_policy(Bucket=outputs["BucketName"])
    gateway = session().client("apigateway", endpoint_url=engine.url)
    definition: dict[str, Any] = json.loads((PACKAGE / "sam.json").read_text())["Resources"]["RestAPI"][
        "Properties"
    ]["DefinitionBody"]
    for kind, response in definition[RESPONSES].items():
        gateway.put_gateway_response(restApiId=outputs["RestAPIId"], responseType=kind, **response)
    gateway.create_deployment(restApiId=outputs["RestAPIId"], stageName="api")


def token_secret(engine: Engine, outputs: dict[str, str]) -> str:
    """The secret that the deployment made for itself."""
    client = session().client("secretsmanager", endpoint_url=engine.url)
    return client.get_secret_value(SecretId=outputs["JwtSecretArn"])["SecretString"]
