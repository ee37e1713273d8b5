"""What the service says of how it is: little to anybody, more to members."""

import importlib.metadata
from pathlib import Path

import boto3
import pytest

from chalicelib.core import aws, clock
from holdfast import __version__
from holdfast.api import moments
from tests.conftest import Configure
from tests.support.api import Api
from tests.support.factories import MOMENT, make_member_token
from tests.support.faults.table import refusing
from tests.support.served import reconcile, sweep_retention


def test_anybody_is_told_that_the_service_answers_and_nothing_more(api: Api) -> None:
    answer = api.asked_by(None).get("/health")
    assert (answer.status, answer.json) == (200, {"status": "ok", "version": __version__})


def test_the_version_is_the_package_s() -> None:
    assert importlib.metadata.version("holdfast") == __version__


def test_a_member_is_told_how_every_part_is(api: Api) -> None:
    answer = api.asked_by(make_member_token("viewer")).get("/health/details")
    assert answer.status == 200
    assert answer.json["status"] == "ok"
    queues = {"queue:packages", "queue:sweeps", "queue:hooks"}
    assert set(answer.json["checks"]) == {"table", "storage", *queues}
    assert all(check["ok"] for check in answer.json["checks"].values())
    assert answer.json["checks"]["queue:packages"]["detail"] == "0 waiting, 0 being worked on"


def test_a_queue_s_backlog_is_told(api: Api) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="packages")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="work")
    detail = api.get("/health/details").json["checks"]["queue:packages"]["detail"]
    sqs.purge_queue(QueueUrl=url)
    assert detail.startswith("1 waiting")


def test_a_table_that_does_not_answer_degrades_the_whole(api: Api) -> None:
    with refusing("GetItem", "InternalServerError"):
        answer = api.get("/health/details")
    assert answer.status == 200
    assert answer.json["status"] == "degraded"
    table = answer.json["checks"]["table"]
    assert (table["ok"], table["detail"]) == (False, "does not answer")
    assert answer.json["checks"]["storage"]["ok"] is True
    assert answer.json["sweeps"] == {}


def test_a_member_is_told_when_the_reconciler_last_ran(api: Api) -> None:
    assert set(api.get("/health/details").json["sweeps"].values()) == {None}
    with clock.freeze(MOMENT):
        reconcile()
    told = api.get("/health/details").json["sweeps"]["operations.reconcile"]
    assert told["ran_at"] == moments.rfc3339(MOMENT)
    assert (told["inspected"], told["reconciled"], told["redispatched"]) == (0, 0, 0)


def test_a_queue_that_is_not_there_degrades_the_whole(api: Api, moto_table: Configure) -> None:
    moto_table(queue_url_prefix="https://sqs.us-east-1.amazonaws.com/123456789012/absent-")
    answer = api.get("/health/details")
    assert answer.json["status"] == "degraded"
    assert answer.json["checks"]["queue:packages"]["detail"] == "does not answer"
    assert "absent" not in answer.body.decode()


def test_storage_that_cannot_be_written_degrades_the_whole(
    api: Api, moto_table: Configure, tmp_path: Path
) -> None:
    occupied = tmp_path / "a file"
    occupied.write_text("where the folder should be")
    moto_table(filesystem_root=str(occupied))
    answer = api.get("/health/details")
    assert answer.json["status"] == "degraded"
    assert answer.json["checks"]["storage"]["ok"] is False
    assert str(tmp_path) not in answer.body.decode()


def test_latency_is_told_in_milliseconds(api: Api) -> None:
    def slow(**_: object) -> None:
        clock.sleep(0.25)

    events = aws.sqs().meta.events
    events.register("before-call.sqs.GetQueueAttributes", slow)
    with clock.freeze(MOMENT):
        checks = api.get(
            "/health/details", headers={"authorization": f"Bearer {make_member_token('viewer')}"}
        )
    events.unregister("before-call.sqs.GetQueueAttributes", slow)
    assert checks.json["checks"]["queue:packages"]["latency_ms"] == 250.0


@pytest.mark.parametrize("token", [None, make_member_token("viewer", scope="", tenants=())])
def test_details_are_for_members(api: Api, token: str | None) -> None:
    assert api.asked_by(token).get("/health/details").status == (200 if token else 401)


def test_a_member_is_told_when_the_retention_sweep_was_last_queued(api: Api) -> None:
    with clock.freeze(MOMENT):
        sweep_retention()
    told = api.get("/health/details").json["sweeps"]["retention.sweep"]
    assert told == {"ran_at": moments.rfc3339(MOMENT), "workspaces": 0}
