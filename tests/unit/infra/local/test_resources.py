"""The embedded stack's resources come from the file that deploys."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import resources
from infra.local.clients import session
from infra.local.engine import Engine
from infra.local.resources import Resources, create
from infra.package import RESOURCES


@pytest.fixture(scope="module")
def own_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("resources") / "engine.log") as running:
        yield running


@pytest.fixture
def created(own_engine: Engine) -> Resources:
    return create(own_engine.url)


def test_the_file_is_the_one_that_is_packaged() -> None:
    assert resources.TEMPLATE.resolve() == RESOURCES.resolve()


def test_creating_again_changes_nothing(own_engine: Engine, created: Resources) -> None:
    assert create(own_engine.url) == created


def test_the_table_has_the_indexes_of_the_file(own_engine: Engine, created: Resources) -> None:
    wanted = json.loads(Path(RESOURCES).read_text())["Resources"]["Table"]["Properties"]
    client = session().client("dynamodb", endpoint_url=own_engine.url)
    table = client.describe_table(TableName=created.table_name)["Table"]
    client.close()
    for found, declared in zip(
        table["GlobalSecondaryIndexes"], wanted["GlobalSecondaryIndexes"], strict=True
    ):
        assert found["IndexName"] == declared["IndexName"]
        assert found["KeySchema"] == declared["KeySchema"]
        assert found["Projection"] == declared["Projection"]


def test_the_prefix_and_a_bare_name_are_a_queue_of_this_engine(
    own_engine: Engine, created: Resources
) -> None:
    wanted = json.loads(RESOURCES.read_text())["Resources"]["PackagesQueue"]["Properties"]
    url = f"{created.queue_url_prefix}packages"
    assert url.startswith(own_engine.url)
    client = session().client("sqs", endpoint_url=own_engine.url)
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    client.close()
    assert int(found["VisibilityTimeout"]) == wanted["VisibilityTimeout"]
    assert json.loads(found["RedrivePolicy"])["maxReceiveCount"] == wanted["RedrivePolicy"]["maxReceiveCount"]


def test_the_bucket_is_versioned_as_the_file_says(own_engine: Engine, created: Resources) -> None:
    client = session().client("s3", endpoint_url=own_engine.url)
    assert client.get_bucket_versioning(Bucket=created.bucket)["Status"] == "Enabled"
    client.close()
