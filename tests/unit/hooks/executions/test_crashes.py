"""Killed at any write, delivered twice, overtaken: the run ends once, and its rows are there once."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.worker import Delivery
from chalicelib.hooks.models.execution import Attempt, Job
from chalicelib.hooks.service.executions import Step, execute
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import claims
from holdfast.api.operations import OperationType
from holdfast.api.policy import LEASE_S, POLICIES
from tests.support.hooks.rig import HOOKS, Code, convention, finalized, leaves, perform, rows_of, run_of
from tests.support.served import Served, reconcile
from tests.support.wire import Fault, Killed, lost

POLICY = POLICIES[OperationType.HOOK_RUN]
MANY = [{"suite": f"suite {number}", "tests": number} for number in range(450)]
WRITES = 7  # claim, begin, three pages of rows, the run's end, the operation's
LATER = timedelta(seconds=POLICY.running_stale_after + LEASE_S)


@pytest.fixture
def package_id(served: Served) -> str:
    """A package whose one run is queued."""
    convention(served)
    return finalized(served)


def recover(served: Served, message: str, now: datetime) -> None:
    """What the platform does after a crash: the reconciler and further deliveries, until all is over."""
    for _ in range(POLICY.max_attempts + 1):
        now += LATER
        with clock.freeze(now):
            reconcile()
            perform(message, *served.messages(HOOKS), code=Code(leaves(MANY)))


def truth(served: Served, package_id: str) -> None:
    """The run and its operation are over and agree; its rows are there once, or not at all."""
    run = run_of(served, package_id)
    operation = served.operation(run["operation_id"])
    assert operation["status"] == "completed"
    outcomes = {"succeeded": "succeeded", "failed": "failed"}
    assert operation["outcome"] == outcomes[run["status"]]
    expected = MANY if run["status"] == "succeeded" else []
    assert [row["data"] for row in rows_of(served, run["id"])] == expected


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [Killed, lost], ids=["killed", "answer lost"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_a_run_that_is_killed_at_any_write_ends_once_with_its_trace(
    served: Served, package_id: str, error: Any, number: int, when: str
) -> None:
    message, now = served.messages(HOOKS)[0], clock.now()
    fault = Fault(number, error, after=when == "after")
    with clock.freeze(now), fault.active(), suppress(Killed, Unavailable):
        perform(message, code=Code(leaves(MANY)))
    assert fault.fired
    claimed = served.operation(run_of(served, package_id)["operation_id"])["attempt"]
    recover(served, message, now)
    truth(served, package_id)
    assert run_of(served, package_id)["status"] == ("succeeded" if claimed else "failed")


def test_a_run_makes_as_many_writes_as_are_struck_at(served: Served, package_id: str) -> None:
    message = served.messages(HOOKS)[0]
    fault = Fault(WRITES + 1, Killed, after=False)
    with fault.active():
        perform(message, code=Code(leaves(MANY)))
    assert not fault.fired
    truth(served, package_id)


def test_code_that_dies_with_its_worker_every_time_leaves_a_trace(served: Served, package_id: str) -> None:
    def dies(_job: Job, _step: Step) -> Attempt:
        raise Killed

    message, now = served.messages(HOOKS)[0], clock.now()
    for _ in range(POLICY.max_attempts):
        with clock.freeze(now), suppress(Killed):
            perform(message, code=Code(dies))
        now += LATER
        with clock.freeze(now):
            reconcile()
    with clock.freeze(now + LATER):
        reconcile()
    run = run_of(served, package_id)
    assert (run["status"], run["code"], run["attempts"]) == ("failed", "run.stale_running", 3)
    assert (run["started_at"] is not None, run["memory_mib"]) == (True, 512)
    truth(served, package_id)


def test_duplicate_deliveries_insert_rows_once(served: Served, package_id: str) -> None:
    message = served.messages(HOOKS)[0]
    code = Code(leaves(MANY))
    perform(message, message, message, code=code)
    assert len(code.jobs) == 1
    truth(served, package_id)


def test_a_delivery_while_the_first_works_does_nothing(served: Served, package_id: str) -> None:
    message = served.messages(HOOKS)[0]
    second = Code()

    def meanwhile(job: Job, step: Step) -> Attempt:
        perform(message, code=second)
        return leaves(MANY)(job, step)

    perform(message, code=Code(meanwhile))
    assert second.jobs == []
    truth(served, package_id)


def test_a_worker_that_was_overtaken_mixes_nothing_in(served: Served, package_id: str) -> None:
    message, now = served.messages(HOOKS)[0], clock.now()

    def overtaken(job: Job, step: Step) -> Attempt:
        with clock.freeze(now + LATER):
            perform(message, code=Code(leaves(MANY)))
        return leaves([{"suite": "of the past"}] * 700)(job, step)

    with clock.freeze(now):
        perform(message, code=Code(overtaken))
    run = run_of(served, package_id)
    assert (run["status"], run["attempts"], run["row_count"]) == ("succeeded", 2, 450)
    truth(served, package_id)


def test_rows_of_a_worker_that_died_are_written_over(served: Served, package_id: str) -> None:
    message, now = served.messages(HOOKS)[0], clock.now()
    fault = Fault(WRITES - 1, Killed, after=False)  # its rows are all there, its end is not
    with clock.freeze(now), fault.active(), suppress(Killed):
        perform(message, code=Code(leaves([{"suite": "of the past"}] * 450)))
    recover(served, message, now)
    truth(served, package_id)


def test_a_worker_that_ends_after_its_run_was_closed_changes_nothing(served: Served, package_id: str) -> None:
    message, now = served.messages(HOOKS)[0], clock.now()

    def closed(job: Job, step: Step) -> Attempt:
        when = now
        for _ in range(2 * POLICY.max_attempts):
            when += LATER
            with clock.freeze(when):
                reconcile()
                claims.take(Message.model_validate_json(message), remaining=lambda: 300.0)
        return leaves(MANY)(job, step)

    with clock.freeze(now):
        handler = partial(execute, run_code=Code(closed))
        claims.perform(Delivery(message, lambda: 300.0), {OperationType.HOOK_RUN: handler})
    run = run_of(served, package_id)
    operation = served.operation(run["operation_id"])
    assert (run["status"], run["code"]) == ("failed", "run.stale_running")
    assert operation["late_result"]["outcome"] == "succeeded"
    assert rows_of(served, run["id"]) == []
