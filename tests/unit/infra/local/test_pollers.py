"""Queues and schedules reach their functions as Lambda would call them, against a real queue."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from chalice.app import SQSEvent
from mypy_boto3_sqs import SQSClient

from infra.local.clients import session
from infra.local.engine import Engine
from infra.local.functions import Functions
from infra.local.pollers import QueuePoller, Scheduler, run_scheduled
from tests.unit.infra.local.conftest import SmallApp

MAX_RECEIVES = 3


class Queue:
    """One queue with its dead-letter queue; what was not acknowledged is visible again at once."""

    def __init__(self, sqs: SQSClient) -> None:
        self.sqs = sqs
        name = f"work-{uuid4()}"
        self.dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        arn = self.attributes(self.dead)["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
        settings: Any = {"VisibilityTimeout": "0", "RedrivePolicy": redrive}
        self.url = sqs.create_queue(QueueName=name, Attributes=settings)["QueueUrl"]

    def attributes(self, url: str) -> dict[str, str]:
        found: Any = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return dict(found)

    def waiting(self, url: str) -> list[str]:
        """The bodies that wait on the queue at `url`."""
        received = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return sorted(message["Body"] for message in received.get("Messages", []))

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)


@pytest.fixture
def queue(engine: Engine) -> Iterator[Queue]:
    client = session().client("sqs", endpoint_url=engine.url)
    yield Queue(client)
    client.close()


@pytest.fixture
def poller(queue: Queue, functions: Functions) -> QueuePoller:
    return QueuePoller(functions.of_queues()[0], url=queue.url, sqs=queue.sqs, functions=functions)


def refuse(*bodies: str) -> Any:
    """An answer that refuses the messages with these bodies and no other."""

    def answer(event: SQSEvent) -> dict[str, Any]:
        failed = [record.to_dict()["messageId"] for record in event if record.body in bodies]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return answer


def test_a_message_that_was_taken_is_gone(queue: Queue, poller: QueuePoller, small_app: SmallApp) -> None:
    queue.send("one", "two")
    assert poller.poll() == 2
    assert sorted(small_app.seen) == ["one", "two"]
    assert queue.waiting(queue.url) == []


def test_only_the_refused_message_of_a_batch_comes_back(
    queue: Queue, poller: QueuePoller, small_app: SmallApp
) -> None:
    queue.send("good", "bad")
    small_app.answer = refuse("bad")
    poller.poll()
    assert queue.waiting(queue.url) == ["bad"]


def test_a_function_that_raises_refuses_its_whole_batch(
    queue: Queue, poller: QueuePoller, small_app: SmallApp
) -> None:
    queue.send("one", "two")
    small_app.answer = RuntimeError("broken")
    poller.poll()
    assert queue.waiting(queue.url) == ["one", "two"]


def test_an_answer_that_names_no_message_of_the_batch_refuses_all(
    queue: Queue, poller: QueuePoller, small_app: SmallApp
) -> None:
    queue.send("one")
    small_app.answer = {"batchItemFailures": [{"itemIdentifier": "unheard-of"}]}
    poller.poll()
    assert queue.waiting(queue.url) == ["one"]


def test_the_queues_own_policy_gives_a_message_up(
    queue: Queue, poller: QueuePoller, small_app: SmallApp
) -> None:
    queue.send("poison")
    small_app.answer = refuse("poison")
    for _ in range(MAX_RECEIVES + 1):
        poller.poll()
    assert small_app.seen == ["poison"] * MAX_RECEIVES
    assert queue.waiting(queue.url) == []
    assert queue.waiting(queue.dead) == ["poison"]


def test_a_message_is_hidden_while_its_timeout_runs(
    queue: Queue, poller: QueuePoller, small_app: SmallApp
) -> None:
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "900"})
    queue.send("bad")
    small_app.answer = refuse("bad")
    assert poller.poll() == 1
    assert queue.waiting(queue.url) == []


def test_a_poller_works_in_its_own_thread_until_it_is_stopped(
    queue: Queue, poller: QueuePoller, small_app: SmallApp
) -> None:
    small_app.answer = lambda _: small_app.let_go.set()
    poller.start()
    queue.send("one")
    assert small_app.let_go.wait(20)
    poller.stop()
    assert not poller.is_alive()
    assert queue.waiting(queue.url) == []


def test_a_scheduled_run_gets_the_event_of_a_schedule(functions: Functions, small_app: SmallApp) -> None:
    run_scheduled(functions.of_schedules()[0], functions)
    assert [event.detail_type for event in small_app.seen] == ["Scheduled Event"]
    assert small_app.seen[0].context.get_remaining_time_in_millis() <= 5000


def test_a_scheduled_run_that_fails_does_not_end_the_schedules(
    functions: Functions, small_app: SmallApp
) -> None:
    small_app.answer = RuntimeError("broken")
    run_scheduled(functions.of_schedules()[0], functions)
    assert len(small_app.seen) == 1


def test_the_schedules_stop_at_once_between_two_runs(functions: Functions, small_app: SmallApp) -> None:
    scheduler = Scheduler(functions.of_schedules(), functions)
    scheduler.start()
    scheduler.stop()
    assert not scheduler.is_alive()
    assert small_app.seen == []


def test_the_schedules_run_what_is_due_again_and_again(functions: Functions, small_app: SmallApp) -> None:
    due_at_once = [function._replace(period_s=0) for function in functions.of_schedules()]
    scheduler = Scheduler(due_at_once, functions)
    scheduler.start()
    while len(small_app.seen) < 2:
        assert scheduler.is_alive()
        scheduler.join(0.01)
    scheduler.stop()
    assert len(small_app.seen) >= 2


def test_what_is_wanted_at_the_start_runs_at_once(functions: Functions, small_app: SmallApp) -> None:
    hourly = functions.of_schedules()[0]._replace(period_s=3600)
    scheduler = Scheduler([hourly], functions, at_start={hourly.name})
    scheduler.start()
    while not small_app.seen:
        assert scheduler.is_alive()
        scheduler.join(0.01)
    scheduler.stop()
    assert len(small_app.seen) == 1
