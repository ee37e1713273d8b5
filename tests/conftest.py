"""What tests of every part start from: one place that sets the service's settings, and its engines.

`configure` is the only way to set a setting: it starts from none of this machine's, and every cached
client and connection is made again, so no test meets what another left behind.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
import pytest
from moto import mock_aws

from infra.local.clients import REGION
from infra.local.engine import Engine
from tests.api import Api
from tests.factories import SECRET, make_token

ROOT = Path(__file__).parents[1]
QUEUES_ACCOUNT = "123456789012"


class Configure(Protocol):
    """Sets settings: `configure(storage="filesystem")` is HOLDFAST_STORAGE; what is not named is unset."""

    def __call__(self, **values: object) -> None: ...


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """The settings of one test. Before it is called, the defaults hold, with a token secret."""

    def apply(**values: object) -> None:
        for name in [name for name in os.environ if name.startswith(("HOLDFAST_", "AWS_"))]:
            monkeypatch.delenv(name)
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
        named = {f"HOLDFAST_{name.upper()}": str(value) for name, value in values.items()}
        for name, value in (keys | {"HOLDFAST_JWT_SECRET": SECRET} | named).items():
            monkeypatch.setenv(name, value)
        forget()

    apply()
    yield apply
    forget()


def forget() -> None:
    """Empty every cache of the service: the next use reads the settings and makes its clients anew."""
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def table_properties() -> dict[str, Any]:
    """The table as `infra/resources.json` deploys it, as far as `create_table` takes it."""
    template = json.loads((ROOT / "infra" / "resources.json").read_text())
    properties = template["Resources"]["Table"]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in wanted}


@pytest.fixture
def moto_table(configure: Configure, tmp_path: Path) -> Iterator[Configure]:
    """The table and the queue in moto, and the filesystem adapter; for one thread only.

    Gives `configure` back, for a test that wants other settings: they replace these.
    """
    with mock_aws():
        configure(**moto_settings(tmp_path))
        boto3.client("dynamodb").create_table(TableName="holdfast", **table_properties())
        boto3.client("sqs").create_queue(QueueName="packages")
        yield configure


def moto_settings(folder: Path) -> dict[str, str]:
    """The settings that `moto_table` starts with."""
    return {
        "storage": "filesystem",
        "filesystem_root": str(folder / "objects"),
        "public_url": "http://127.0.0.1:1/api",
        "queue_url_prefix": f"https://sqs.{REGION}.amazonaws.com/{QUEUES_ACCOUNT}/",
    }


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
