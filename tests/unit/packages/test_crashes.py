"""Killed at any write, or cut off from it: the same request again comes to one right state.

Each story is told once for every write that it makes and for every way in which that write can go
wrong, until no write is left to fail.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import lifecycle
from chalicelib.operations.service.lifecycle import OUTBOX_GRACE_S
from chalicelib.storage.service import storage
from holdfast.api.operations import Operation
from infra.local.functions import Functions, Limits
from tests.support.api import Api
from tests.support.factories import make_actor, make_order
from tests.support.served import Served, answered, declared, deliver, dispatch
from tests.support.wire import Fault, Killed, lost

GIB = 1024**3
VISIBILITY_S = 1800  # of the queue, in infra/resources.json: longer than a lease
MOST_WRITES = 12
MOST_DELIVERIES = 3
PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
FILES = {"a": b"alpha", "b": b"beta"}


class Way(NamedTuple):
    """How a write goes wrong."""

    name: str
    error: Callable[[], BaseException]
    after: bool
    lasting: bool


WAYS = [
    Way("killed before", Killed, after=False, lasting=False),
    Way("killed after", Killed, after=True, lasting=False),
    Way("answer lost", lost, after=True, lasting=False),
    Way("cut off", lost, after=False, lasting=True),
    Way("deaf", lost, after=True, lasting=True),
]


class OutOfTime(Functions):
    """Lambda functions whose time is up: what one leaves in progress may be taken over at once."""

    def limits(self, name: str) -> Limits:
        """No time at all."""
        return super().limits(name)._replace(timeout_s=0)


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, served: Served) -> Way:
    """Every way in turn; the store's enforcement is known before anything goes wrong."""
    assert served.workspace
    assert storage().proves_uploads()
    found: Way = request.param
    return found


def each_write(way: Way, *, writes: int) -> Iterator[Fault]:
    """A fault for the first write, the second, and so on, until one finds no write to fail.

    A story that makes fewer than `writes` of them is not the one that was meant.
    """
    for number in range(1, MOST_WRITES + 1):
        fault = Fault(number, way.error, after=way.after, lasting=way.lasting)
        yield fault
        if not fault.fired:
            assert number > writes
            return
    raise AssertionError(f"more than {MOST_WRITES} writes")


@contextmanager
def going_wrong(fault: Fault) -> Iterator[None]:
    """The block is the life of one process: it may end anywhere. No retry waits."""
    with clock.freeze(clock.now()), fault.active(), suppress(Killed):
        yield


def one_truth(served: Served, package_id: str) -> dict[str, Any]:
    """A package whose counters agree with its files and whose chain has no gap."""
    package, files = served.show(package_id), served.files(package_id)
    assert package["file_count"] == len(files)
    assert package["total_bytes"] == sum(file["size"] for file in files.values())
    assert first_bad(served.chain(package_id)) is None
    return package


def test_creating_with_a_key_makes_one_package(served: Served, way: Way) -> None:
    api = Api(token=served.token(), functions=OutOfTime)
    for number, fault in enumerate(each_write(way, writes=3)):
        body, headers = PACKAGE | {"kind": f"run-{number}"}, {"Idempotency-Key": f"key-{number}"}
        with going_wrong(fault):
            api.post("/packages", body, headers=headers)
        made = answered(api.post("/packages", body, headers=headers), 201)
        assert answered(api.post("/packages", body, headers=headers), 201) == made
        assert [found["id"] for found in served.pages(f"/packages?kind=run-{number}")] == [made["id"]]
        assert len(served.chain(made["id"])) == 2
        assert one_truth(served, made["id"]) == made


def test_a_key_is_refused_for_another_body_also_when_its_answer_was_never_kept(served: Served) -> None:
    headers = {"Idempotency-Key": "key"}
    with going_wrong(Fault(2, lost, after=True, lasting=True)):
        assert served.api.post("/packages", PACKAGE, headers=headers).status == 503
    other = served.api.post("/packages", PACKAGE | {"name": "other"}, headers=headers)
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    made = answered(served.api.post("/packages", PACKAGE, headers=headers), 201)
    assert [package["id"] for package in served.pages("/packages")] == [made["id"]]


def test_planning_declares_each_file_once(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=1):
        package_id = served.create()
        with going_wrong(fault):
            served.plan(package_id, FILES)
        assert one_truth(served, package_id)["file_count"] in {0, 2}
        served.upload(package_id, FILES)
        assert one_truth(served, package_id)["file_count"] == 2
        assert len(served.chain(package_id)) == 3
        assert answered(served.finalize(package_id))["status"] == "finalized"


def test_replacing_a_multipart_file_leaves_one_file(served: Served, way: Way) -> None:
    body = {"files": [declared("large", b"", size=GIB)]}
    for fault in each_write(way, writes=3):
        package_id = served.create()
        target = f"/packages/{package_id}/uploads"
        answered(served.api.post(target, body))
        with going_wrong(fault):
            served.api.post(target, body | {"replace": True})
        answered(served.api.post(target, body | {"replace": True}))
        package = one_truth(served, package_id)
        assert (package["file_count"], package["total_bytes"]) == (1, GIB)


def test_finalizing_seals_once_and_the_manifest_is_there(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=2):
        package_id = served.create()
        served.upload(package_id, FILES)
        with going_wrong(fault):
            served.finalize(package_id)
        finalized = answered(served.finalize(package_id))
        sealed_once(served, package_id)
        assert served.show(package_id) == finalized


def test_giving_up_happens_once(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=1):
        package_id = served.create()
        target = f"/packages/{package_id}/fail"
        with going_wrong(fault):
            served.api.post(target, {"reason": "over"})
        assert answered(served.api.post(target, {"reason": "over"}))["status"] == "failed"
        assert len(served.chain(package_id)) == 3
        one_truth(served, package_id)


def test_queueing_makes_one_operation_that_ends(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=3):
        package_id = served.create()
        body = {"files": [declared("large", b"", size=GIB)]}
        answered(served.api.post(f"/packages/{package_id}/uploads", body))
        with going_wrong(fault):
            served.finalize(package_id)
        operation_id = answered(served.finalize(package_id), 202)["operation_id"]
        with clock.freeze(clock.now() + timedelta(seconds=OUTBOX_GRACE_S)):
            dispatch()
        messages = served.messages()
        assert {json.loads(message)["operation_id"] for message in messages} == {operation_id}
        assert deliver(*messages) == []
        operation = served.operation(operation_id)
        assert (operation["status"], operation["attempt"]) == ("completed", 1)
        assert operation["failures"][0]["code"] == "INCOMPLETE_PACKAGE"
        assert len(served.chain(package_id)) == 4
        one_truth(served, package_id)


def test_a_worker_that_ends_anywhere_leaves_a_run_that_ends(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=4):
        package_id = served.create()
        served.upload(package_id, FILES)
        operation = queued(served, package_id)
        message = Message(workspace=served.workspace, operation_id=operation.id).model_dump_json()
        acknowledged = False
        with going_wrong(fault):
            acknowledged = deliver(message) == []
        redeliver(message, acknowledged=acknowledged)
        ended = served.operation(operation.id)
        assert (ended["status"], ended["outcome"]) == ("completed", "succeeded")
        sealed_once(served, package_id)


def test_a_dispatcher_that_ends_anywhere_loses_no_message(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=2):
        operation = queued(served, served.create())
        with clock.freeze(clock.now() + timedelta(seconds=OUTBOX_GRACE_S)):
            with suppress(Unavailable), going_wrong(fault):
                dispatch()
            dispatch()
            assert dispatch() == 0
        found = [json.loads(message)["operation_id"] for message in served.messages()]
        assert set(found) == {operation.id}
        assert len(found) <= 2


def sealed_once(served: Served, package_id: str) -> None:
    """The package was finalized once, in its record, in its chain, and in the manifest that is served."""
    package = one_truth(served, package_id)
    assert package["status"] == "finalized"
    actions = [event.action for event in served.chain(package_id)]
    assert actions.count("packages:package:finalized") == 1
    manifest = served.api.get(f"/packages/{package_id}/manifest").body
    assert package["manifest_digest"] == f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    assert [file["path"] for file in json.loads(manifest)["files"]] == sorted(FILES)


def queued(served: Served, package_id: str) -> Operation:
    """An operation that finalizes the package, as a long one has."""
    actor = make_actor(workspace=served.workspace)
    with transact() as transaction:
        return lifecycle.queue(transaction, make_order(package_id), actor=actor).operation


def redeliver(message: str, *, acknowledged: bool) -> None:
    """Do what SQS does with a message that was not acknowledged: deliver it again when it is visible."""
    for delivery in range(1, MOST_DELIVERIES + 1):
        if acknowledged:
            return
        with clock.freeze(clock.now() + timedelta(seconds=delivery * VISIBILITY_S)):
            acknowledged = deliver(message) == []
    raise AssertionError("the message was never acknowledged")
