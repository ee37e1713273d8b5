"""The artifact of `make package`, deployed by CloudFormation into an engine that enforces every role."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from infra.deploy import Deployer
from infra.local.clients import session
from infra.local.engine import Engine
from tests.factories import make_token

PACKAGE = Path(__file__).parents[2] / "build" / "package"
STAGE = "dev"
RESPONSES = "x-amazon-apigateway-gateway-responses"
TIMEOUT_S = 60


class Deployment(NamedTuple):
    """What was deployed where; `anonymous` and `owner` ask its API through API Gateway."""

    engine: Engine
    outputs: dict[str, str]
    anonymous: httpx.Client
    owner: httpx.Client


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    assert (PACKAGE / "deployment.zip").exists(), (
        "There is nothing to deploy: run `make e2e`, which packages first."
    )
    log = tmp_path_factory.mktemp("e2e") / "engine.log"
    with Engine(log, enforces_roles=True) as engine:
        outputs = deploy(engine)
        make_up_for_the_emulator(engine, outputs)
        host = f"{outputs['RestAPIId']}.execute-api.localhost:{engine.port}"
        asking: Any = {"base_url": f"{engine.url}/api", "timeout": TIMEOUT_S}
        bearer = {"host": host, "authorization": f"Bearer {make_token(secret=token_secret(engine, outputs))}"}
        with (
            httpx.Client(headers={"host": host}, **asking) as anonymous,
            httpx.Client(headers=bearer, **asking) as owner,
        ):
            yield Deployment(engine, outputs, anonymous, owner)


def deploy(engine: Engine) -> dict[str, str]:
    """Deploy the artifact as `make deploy` does; the stack's outputs."""
    endpoints = dict.fromkeys(
        ("DynamodbEndpointUrl", "S3EndpointUrl", "SqsEndpointUrl", "SecretsEndpointUrl"), engine.url
    )
    parameters = {**endpoints, "S3AddressingStyle": "path"}
    return Deployer(session(), endpoint_url=engine.url, wait_s=1).deploy(PACKAGE, STAGE, parameters)


def make_up_for_the_emulator(engine: Engine, outputs: dict[str, str]) -> None:
    """What AWS does and ministack 1.5.33 does not, and the other way round.

    Loopback has no TLS, so the bucket's TLS-only policy would refuse every request. The import of an
    API leaves its gateway responses out: they are put from the artifact, and deployed.
    """
    s3 = session().client("s3", endpoint_url=engine.url)
    s3.delete_bucket_policy(Bucket=outputs["BucketName"])
    gateway = session().client("apigateway", endpoint_url=engine.url)
    definition = json.loads((PACKAGE / "sam.json").read_text())["Resources"]["RestAPI"]["Properties"][
        "DefinitionBody"
    ]
    for kind, response in definition[RESPONSES].items():
        gateway.put_gateway_response(restApiId=outputs["RestAPIId"], responseType=kind, **response)
    gateway.create_deployment(restApiId=outputs["RestAPIId"], stageName="api")


def token_secret(engine: Engine, outputs: dict[str, str]) -> str:
    """The secret that the deployment made for itself."""
    client = session().client("secretsmanager", endpoint_url=engine.url)
    return client.get_secret_value(SecretId=outputs["JwtSecretArn"])["SecretString"]
