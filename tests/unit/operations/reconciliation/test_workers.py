"""The scheduled sweep and the failure bridge, called as Lambda calls them."""

import json

from chalice.test import Client as ChaliceClient

from app import app
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import reconciliation as service
from holdfast.api.operations import Outcome, Reason
from tests.support.operations.stages import current, overdue, queued, running, silent
from tests.support.served import Served, reconcile


def bridge(*bodies: str) -> list[str]:
    """Hand dead letters to the bridge as SQS does; the ids of those that it wants again."""
    event = ChaliceClient(app).events.generate_sqs_event(list(bodies), queue_name="packages-dead")
    for number, record in enumerate(event["Records"]):
        record["messageId"] = f"letter-{number}"
    answer = app.handler_map["bridge_packages"](event, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_the_sweep_goes_through_every_workspace_and_answers_its_counts(served: Served) -> None:
    stuck = [overdue(workspace=workspace) for workspace in (served.workspace, "globex")]
    fallen = silent("pkg_2", workspace=served.workspace).operation
    living = running("pkg_3", workspace=served.workspace).operation
    assert reconcile() == {"inspected": 3, "reconciled": 2, "redispatched": 1, "skipped": 0}
    assert [current(run).outcome for run in stuck] == [Outcome.FAILED] * 2
    assert (current(fallen).redispatched_attempt, current(living)) == (1, living)
    (message,) = served.messages()
    assert json.loads(message)["operation_id"] == fallen.id


def test_a_sweep_that_finds_nothing_has_run_all_the_same(served: Served) -> None:
    assert served.workspace
    assert reconcile() == {"inspected": 0, "reconciled": 0, "redispatched": 0, "skipped": 0}
    beat = service.last_sweep()
    assert beat is not None
    assert beat["inspected"] == 0


def test_a_batch_of_dead_letters_ends_each_run_and_keeps_what_no_run_owns(served: Served) -> None:
    dead = queued(workspace=served.workspace)
    living = running("pkg_2", workspace=served.workspace).operation
    letters = [
        Message(workspace=run.workspace, operation_id=run.id).model_dump_json() for run in (dead, living)
    ]
    assert bridge("not a message", *letters, letters[0]) == []
    reconciliation = current(dead).reconciliation
    assert reconciliation is not None
    assert reconciliation.reason_code is Reason.QUEUE_FAILURE
    assert reconciliation.evidence["dead_letter"] == "never_started"
    assert current(living) == living
