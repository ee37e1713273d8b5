"""A worker that is killed in the middle of a run, in the embedded stack: a real process, a real SIGKILL.

The workers of a stack live in its own process, so a stack that is killed is a worker that is killed.
Its engine lives on for a moment to save, as the table and the queues of a deployment would live on.
"""

import os
import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from chalicelib.core import clock
from chalicelib.operations.models.operation import Action
from chalicelib.packages.models.package import Action as PackageAction
from chalicelib.packages.models.verification import VERDICT_PAGE_FILES
from holdfast.api import moments
from holdfast.api.operations import OperationStatus, OperationView, Outcome
from holdfast.api.policy import LEASE_S
from holdfast.sdk import Client
from infra.local.stack import Stack
from tests.conftest import Configure
from tests.support.declared import WHAT
from tests.support.served import reconcile
from tests.support.stacks.gate import Gate

FIRST, LAST = b"checked before the kill", b"never checked by the killed worker"
FILES = VERDICT_PAGE_FILES + 1
REACH_S = 120
END_S = 120


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A directory with a page of verdicts' worth of files, and one more."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    for number in range(VERDICT_PAGE_FILES):
        (folder / f"{number:04}.txt").write_bytes(FIRST)
    (folder / "last.txt").write_bytes(LAST)
    return folder


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate() as made:
        yield made


def kill_in_the_middle(stack: Stack, gate: Gate, evidence: Path) -> tuple[str, OperationView]:
    """Kill the worker while it re-hashes the last file; the package, and the run as it then was."""
    with Client(stack.url, stack.token) as client:
        package_id = client.packages.ingest(evidence, **WHAT).package_id
        gate.shut(sha256(LAST).hexdigest())
        run = client.packages.start_verification(package_id).operation_id
        assert gate.reached.wait(REACH_S), stack.log.read_text()[-3000:]
        assert len(list(client.packages.verdicts(package_id, run))) == VERDICT_PAGE_FILES
        left = client.operations.get(run)
    os.kill(stack.pid, signal.SIGKILL)
    assert stack.wait() == -signal.SIGKILL
    return package_id, left


def start_behind(gate: Gate, home: Path) -> Stack:
    """A stack whose workers reach their objects through the gate."""
    stack = Stack(home, environment={"HOLDFAST_S3_ENDPOINT_URL": gate.url})
    stack.start()
    gate.lead_to(stack.engine.url)
    return stack


def sweep_on(stack: Stack, configure: Configure) -> None:
    """Let the functions that are run in this process work on the engine of `stack`."""
    engine = stack.engine
    endpoints = dict.fromkeys(("dynamodb_endpoint_url", "sqs_endpoint_url"), engine.url)
    configure(table_name=engine.table_name, queue_url_prefix=engine.queue_url_prefix, **endpoints)


def actions(run: OperationView) -> list[str]:
    return [event.action for event in run.timeline]


def test_a_run_whose_worker_is_killed_is_given_out_again_after_its_lease_and_done_once(
    tmp_path: Path, gate: Gate, evidence: Path, configure: Configure
) -> None:
    """The guards are the lease of `claims.models.claimed`, the deadline that `store.fill` puts into the
    index, and `reconciliation.service._redispatch`; the kept pages of verdicts are what is not done twice.
    """
    killed = start_behind(gate, tmp_path / "home")
    package_id, left = kill_in_the_middle(killed, gate, evidence)
    assert (left.status, left.attempt) == (OperationStatus.RUNNING, 1)
    assert left.lease_until is not None
    with Stack(tmp_path / "home") as stack, Client(stack.url, stack.token) as client:
        sweep_on(stack, configure)
        with clock.freeze(clock.shifted(left.lease_until, -1)):
            assert reconcile()["inspected"] == 0  # its worker may still be alive
        overdue = left.lease_until
        with clock.freeze(overdue):
            assert reconcile() == {"inspected": 1, "reconciled": 0, "redispatched": 1, "skipped": 0}
        run = client.operations.wait(left.id, timeout_s=END_S)
        assert_done_once(client, package_id, run)
        assert run.timeline[2].payload["evidence"] == {
            "evaluated_at": moments.rfc3339(overdue),
            "freshness": "likely_stale",
            "threshold": moments.rfc3339(overdue),
            "reference_time": moments.rfc3339(clock.shifted(left.lease_until, -LEASE_S)),
            "last_lease": moments.rfc3339(left.lease_until),
            "attempts": 1,
            "truth_path": "deadline-index",
        }


def assert_done_once(client: Client, package_id: str, run: OperationView) -> None:
    """It ended well at the second attempt, each thing that it does is there once, and nothing is left."""
    assert (run.outcome, run.attempt, run.late_result) == (Outcome.SUCCEEDED, 2, None)
    assert actions(run) == [
        Action.QUEUED,
        Action.STARTED,
        Action.REDISPATCHED,
        Action.STARTED,
        Action.COMPLETED,
    ]
    verdicts = [verdict.path for verdict in client.packages.verdicts(package_id, run.id)]
    assert len(verdicts) == len(set(verdicts)) == FILES
    events = [event.action for event in client.packages.events(package_id)]
    assert events.count(PackageAction.VERIFIED) == 1
    assert [notice.operation_id for notice in client.operations.notifications()] == [run.id]
    assert list(client.operations.list(active=True)) == []
