"""A function is invoked as it was released or not at all, and what it leaves is fetched as a bundle's is."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from chalicelib.core import aws
from chalicelib.core.errors import Unavailable
from chalicelib.hooks.models.execution import Attempt, Job
from chalicelib.hooks.service.lambda_runtime import run
from chalicelib.sandbox.command import Ended
from tests.conftest import Configure
from tests.support.factories import CODE_SHA256
from tests.support.sandbox.jobs import ARN, make_function_release, make_input, make_job


@pytest.fixture
def aws_lambda(configure: Configure, tmp_path: Path) -> Iterator[Stubber]:
    """Lambda as a test tells it to answer; nothing else is asked of it."""
    configure(storage="filesystem", filesystem_root=str(tmp_path / "objects"))
    with Stubber(aws.lambdas()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def job(tmp_path: Path, aws_lambda: Stubber) -> Job:  # noqa: ARG001  storage must be set
    """A job for a published function."""
    return make_job(tmp_path / "job", make_function_release())


def ran(job: Job) -> Attempt:
    return run(job, step=lambda: None)


def deployed(aws_lambda: Stubber, digest: str = CODE_SHA256) -> None:
    """Lambda has this code under the function's version."""
    aws_lambda.add_response("get_function_configuration", {"CodeSha256": digest}, {"FunctionName": ARN})


def answers(aws_lambda: Stubber, payload: Any = None, *, error: str | None = None, log: str = "") -> None:
    """Lambda invokes the function, which answers so."""
    body = json.dumps(payload).encode()
    answer = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
    answer |= {"LogResult": base64.b64encode(log.encode()).decode()} | (
        {"FunctionError": error} if error else {}
    )
    deployed(aws_lambda)
    aws_lambda.add_response("invoke", answer, {"FunctionName": ARN, "Payload": ANY, "LogType": "Tail"})


def test_other_code_than_was_released_is_not_invoked(aws_lambda: Stubber, job: Job) -> None:
    deployed(aws_lambda, "b3RoZXIgY29kZSB0aGFuIHdhcyByZWxlYXNlZCBoZXJlLi4uLg==")
    found = ran(job)
    assert (found.ended, found.exit_code) == (Ended.DIGEST_MISMATCH, None)
    assert CODE_SHA256 in found.reason


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_function_that_is_gone_or_of_an_account_that_refuses_us_is_told(
    aws_lambda: Stubber, job: Job, code: str
) -> None:
    aws_lambda.add_client_error("get_function_configuration", code, "no such function for you")
    found = ran(job)
    assert found.ended is Ended.FAILED_TO_START
    assert "no such function for you" in found.reason


def test_a_throttled_invocation_is_tried_again_later(aws_lambda: Stubber, job: Job) -> None:
    deployed(aws_lambda)
    aws_lambda.add_client_error("invoke", "TooManyRequestsException", "Rate exceeded", 429)
    with pytest.raises(Unavailable):
        ran(job)


def test_a_function_that_ends_well_without_output_ended_well(aws_lambda: Stubber, job: Job) -> None:
    answers(aws_lambda, log="read 2 files\n")
    found = ran(job)
    assert (found.ended, found.exit_code, found.stdout_tail) == (Ended.EXITED, 0, "read 2 files\n")
    assert list((job.folder / "output").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ({"errorType": "ValueError", "errorMessage": "broken"}, Ended.EXITED),
        ({"errorType": "Runtime.OutOfMemory", "errorMessage": "Error: signal: killed"}, Ended.OUT_OF_MEMORY),
        ({"errorType": "Runtime.ExitError", "errorMessage": "Error: signal: killed"}, Ended.OUT_OF_MEMORY),
        ({"errorType": "MemoryError", "errorMessage": ""}, Ended.OUT_OF_MEMORY),
        (
            {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"},
            Ended.TIMED_OUT,
        ),
    ],
)
def test_a_function_that_fails_is_told_as_what_it_is(
    aws_lambda: Stubber, job: Job, said: dict[str, str], ended: Ended
) -> None:
    answers(aws_lambda, said, error="Unhandled")
    found = ran(job)
    assert (found.ended, found.exit_code) == (ended, 1)
    assert said["errorType"] in found.reason


def test_a_function_that_does_not_answer_in_time_is_given_up(aws_lambda: Stubber, job: Job) -> None:
    answers(aws_lambda)
    found = ran(job._replace(timeout_s=0.0))
    assert (found.ended, found.reason) == (Ended.TIMED_OUT, "It did not answer within 0 s.")
    assert found.exit_code is None


def test_more_inputs_than_fit_an_invocation_are_told(aws_lambda: Stubber, job: Job) -> None:
    deployed(aws_lambda)
    one = make_input("a.txt", b"x")
    found = ran(job._replace(manifest=json.dumps({"files": ["x" * 1024] * 6200}).encode(), inputs=[one]))
    assert found.ended is Ended.FAILED_TO_START
    assert "MAX_EVENT_BYTES" in found.reason


@pytest.fixture
def sent(aws_lambda: Stubber) -> list[dict[str, Any]]:
    """Every event that functions were invoked with."""
    events: list[dict[str, Any]] = []
    aws_lambda.client.meta.events.register(
        "provide-client-params.lambda.Invoke",
        lambda params, **_: events.append(json.loads(params["Payload"])),
    )
    return events


def test_it_gets_links_and_never_a_credential(
    aws_lambda: Stubber, job: Job, sent: list[dict[str, Any]]
) -> None:
    answers(aws_lambda)
    ran(job._replace(inputs=[make_input("reports/a.xml", b"<a/>")]))
    (event,) = sent
    told = {"run_id", "hook", "version", "digest", "config", "limits", "manifest"}
    assert event.keys() == told | {"inputs", "outputs"}
    assert [(each["path"], each["size"]) for each in event["inputs"]] == [("reports/a.xml", 4)]
    assert event["outputs"].keys() == {"rows.ndjson", "result.json"}


def test_each_attempt_leaves_its_output_at_a_place_of_its_own(
    aws_lambda: Stubber, job: Job, sent: list[dict[str, Any]]
) -> None:
    for _ in range(2):
        answers(aws_lambda)
        ran(job)
    assert len({event["outputs"]["rows.ndjson"]["url"] for event in sent}) == 2
