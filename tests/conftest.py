"""What tests of every part start from: one place that sets the service's settings, and its engines.

`configure` is the only way to set a setting: it starts from none of this machine's, and every cached
client and connection is made again, so no test meets what another left behind.
"""

import hashlib
import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import boto3
import httpx
import hypothesis
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.core.config import DefaultConfig
from moto.dynamodb.models import dynamodb_backends

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.dynamodb import items
from chalicelib.http import idempotency
from infra.local import resources
from infra.local.clients import REGION, session
from infra.local.engine import Engine
from tests.support.api import Api
from tests.support.factories import SECRET, make_token
from tests.support.served import Deployed, Served

# no deadline: a busy machine is no defect; always the same examples: a red test stays red
hypothesis.settings.register_profile("holdfast", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("holdfast")

ROOT = Path(__file__).parents[1]
QUEUES_ACCOUNT = "123456789012"
# credentials are set here; moto would put its own into the environment, and they would outlive it
MOTO: DefaultConfig = {"core": {"mock_credentials": False}}
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


class Configure(Protocol):
    """Sets settings: `configure(storage="filesystem")` is HOLDFAST_STORAGE; what is not named is unset."""

    def __call__(self, **values: object) -> None: ...


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """The settings of one test. Before it is called, the defaults hold, with a token secret."""

    def apply(**values: object) -> None:
        set_environment(monkeypatch, values)
        forget()

    apply()
    yield apply
    forget()


def set_environment(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, object]) -> None:
    """Set just these settings, a token secret and dummy credentials; nothing of this machine stays."""
    for name in [name for name in os.environ if name.startswith(("HOLDFAST_", "AWS_"))]:
        monkeypatch.delenv(name)
    named = {f"HOLDFAST_{name.upper()}": str(value) for name, value in values.items()}
    for name, value in (KEYS | {"HOLDFAST_JWT_SECRET": SECRET} | named).items():
        monkeypatch.setenv(name, value)


def forget(*, keep: Collection[object] = ()) -> None:
    """Empty every cache of the service but `keep`: the next use reads the settings anew."""
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value not in keep:
                    value.cache_clear()


def table_properties() -> dict[str, Any]:
    """The table as `infra/resources.json` deploys it, as far as `create_table` takes it."""
    template = json.loads((ROOT / "infra" / "resources.json").read_text())
    properties = template["Resources"]["Table"]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in wanted}


@pytest.fixture(scope="module")
def moto() -> Iterator[None]:
    """The table and the queues in moto, once for the tests of a module; for one thread only."""
    with pytest.MonkeyPatch.context() as patch, mock_aws(config=MOTO):
        set_environment(patch, {})
        forget()
        boto3.client("dynamodb").create_table(TableName="holdfast", **table_properties())
        for queue in ("packages", "sweeps", "hooks"):
            boto3.client("sqs").create_queue(QueueName=queue)
        yield
    forget()


@pytest.fixture
def moto_table(
    moto: None,  # noqa: ARG001  the table must be there
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Configure]:
    """The table and the queue in moto and the filesystem adapter, in a namespace of the test's own.

    Gives a `configure` that adds to these settings. Clients are kept from test to test: making
    them costs more than most tests.
    """
    clients = (items.connection, aws.sqs, idempotency._client)

    def apply(**values: object) -> None:
        set_environment(monkeypatch, moto_settings(tmp_path, namespace(request)) | values)
        forget(keep=clients)

    apply()
    yield apply
    forget(keep=clients)
    forget_items()


def forget_items() -> None:
    """Empty moto's table: it copies all that it holds at each transaction, so leftovers cost time."""
    for backend in dynamodb_backends[QUEUES_ACCOUNT][REGION].tables.values():
        backend.items.clear()


def moto_settings(folder: Path, own: str) -> dict[str, object]:
    """The settings that `moto_table` starts with."""
    return {
        "namespace": own,
        "storage": "filesystem",
        "filesystem_root": str(folder / "objects"),
        "public_url": "http://127.0.0.1:1/api",
        "queue_url_prefix": f"https://sqs.{REGION}.amazonaws.com/{QUEUES_ACCOUNT}/",
    }


def namespace(request: pytest.FixtureRequest) -> str:
    """A namespace that no other test has."""
    return f"t{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]}"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One ministack for all tests of this process: atomic between threads, unlike moto."""
    with Engine(tmp_path_factory.mktemp("engine") / "engine.log") as running:
        yield running


@pytest.fixture
def engine_table(engine: Engine, configure: Configure, request: pytest.FixtureRequest) -> str:
    """A table of the test's own in ministack, for tests of what happens between threads; its name."""
    name = str(request.node.name).replace("[", ".").replace("]", "")[:200]
    configure(table_name=name, dynamodb_endpoint_url=engine.url, sqs_endpoint_url=engine.url)
    client = boto3.client("dynamodb", endpoint_url=engine.url)
    client.create_table(TableName=name, **table_properties())
    return name


@pytest.fixture
def api(moto_table: Configure) -> Api:  # noqa: ARG001  the app needs its table
    """The app behind a gateway in this process, asked by an owner of the workspace `acme`."""
    return Api(token=make_token())


@pytest.fixture(scope="session")
def deployed(engine: Engine) -> Iterator[Deployed]:
    """Everything that `infra/resources.json` deploys, in ministack, once for all tests of this process."""
    made = resources.create(engine.url)
    local = session()
    with httpx.Client() as http:
        found = Deployed(
            engine_url=engine.url,
            resources=made,
            s3=local.client("s3", endpoint_url=engine.url, config=Config(s3={"addressing_style": "path"})),
            sqs=local.client("sqs", endpoint_url=engine.url),
            http=http,
        )
        yield found
        found.s3.close()
        found.sqs.close()


@pytest.fixture
def served(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Served]:
    """The service on ministack, table, bucket and queue, in a namespace and workspace of the test's own.

    Clients and connections are kept from test to test: making them costs more than most tests.
    `configure`, which every other test of the service starts with, makes them anew.
    """
    own = namespace(request)
    chosen = {f"HOLDFAST_{name.upper()}": value for name, value in deployed.settings().items()}
    for name, value in (KEYS | chosen | {"HOLDFAST_NAMESPACE": own, "HOLDFAST_JWT_SECRET": SECRET}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield Served(own, deployed)
    settings.cache_clear()


@pytest.fixture
def adjust(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:  # noqa: ARG001  changed after it
    """Change some of the settings of `served`: `adjust(s3_integrity="readback")`."""

    def apply(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"HOLDFAST_{name.upper()}", str(value))
        forget()

    yield apply
    forget()
