"""What each verb costs in requests to the table and the store (docs/development/architecture.md)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.dynamodb.transaction import transact
from chalicelib.operations.models.operation import Message
from chalicelib.operations.service import claims, lifecycle
from chalicelib.packages.service import finalize
from chalicelib.retention.service import recent
from chalicelib.storage.service import storage
from holdfast.api.manifests import Finalize
from holdfast.api.operations import Outcome, Progress, Result
from tests.support.factories import make_actor, make_order
from tests.support.served import Served, answered, batches
from tests.support.wire import counting

PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
NEW = {f"new/{number:03d}": b"%d" % number for number in range(500)}


@pytest.fixture(autouse=True)
def probed(served: Served) -> None:
    """The store's enforcement is probed once a process, and a workspace's classes are read once a minute."""
    assert recent(served.workspace).classes()
    assert storage().proves_uploads()


@pytest.fixture
def message(served: Served) -> Message:
    """The message of a queued operation, as a worker gets it."""
    with transact() as transaction:
        queued = lifecycle.queue(transaction, make_order(), actor=make_actor(workspace=served.workspace))
    return Message.model_validate(queued.outbox.data["message"])


def minutes() -> float:
    """What the platform still gives."""
    return 300.0


def silent(progress: Progress) -> None:
    """Nobody waits for progress."""


def test_a_package_is_created_in_one_transaction(served: Served) -> None:
    with counting() as requests:
        served.create()
    assert requests == {"TransactWriteItems": 1}


def test_an_idempotency_key_costs_two_requests_more(served: Served) -> None:
    with counting() as requests:
        answered(served.api.post("/packages", PACKAGE, headers={"Idempotency-Key": "k"}), 201)
    assert requests == {"PutItem": 1, "TransactWriteItems": 1, "UpdateItem": 1}


def test_a_package_is_shown_by_one_query(served: Served) -> None:
    package = served.finalized({"a": b"x"})
    with counting() as requests:
        served.show(package["id"])
    assert requests == {"Query": 1}


def test_500_new_files_are_planned_in_two_requests(served: Served) -> None:
    package_id = served.create()
    with counting() as requests:
        answered(served.plan(package_id, NEW))
    assert requests == {"Query": 1, "TransactWriteItems": 1}


def test_500_new_files_cost_no_more_in_a_package_of_thousands(served: Served) -> None:
    package_id = served.create()
    served.upload_copies(package_id, [f"old/{number}" for number in range(2500)], b"x")
    with counting() as requests:
        answered(served.plan(package_id, NEW))
    assert requests == {"Query": 1, "TransactWriteItems": 1}


def test_a_plan_that_is_asked_for_again_reads_its_page_and_one_listing(served: Served) -> None:
    package_id = served.create()
    answered(served.plan(package_id, NEW))
    with counting() as requests:
        answered(served.plan(package_id, NEW))
    assert requests == {"Query": 1, "BatchGetItem": 1, "ListObjectsV2": 1}


def test_500_files_are_replaced_in_three_requests(served: Served) -> None:
    package_id = served.create()
    answered(served.plan(package_id, NEW))
    with counting() as requests:
        answered(served.plan(package_id, dict.fromkeys(NEW, b"other"), replace=True))
    assert requests == {"Query": 1, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_a_page_of_packages_is_two_requests(served: Served) -> None:
    for _ in range(3):
        served.create()
    with counting() as requests:
        answered(served.api.get("/packages?limit=2"))
    assert requests == {"Query": 1, "BatchGetItem": 1}


def test_a_run_is_claimed_in_one_request_and_completed_in_one(message: Message) -> None:
    with counting() as claiming:
        claim = claims.take(message, remaining=minutes)
    assert claiming == {"TransactWriteItems": 1}
    assert claim is not None
    with counting() as completing:
        claim.complete(Result(outcome=Outcome.SUCCEEDED))
    assert completing == {"TransactWriteItems": 1}


def test_a_message_without_the_record_costs_one_read_more(message: Message) -> None:
    bare = Message(workspace=message.workspace, operation_id=message.operation_id)
    with counting() as claiming:
        assert claims.take(bare, remaining=minutes)
    assert claiming == {"GetItem": 1, "TransactWriteItems": 1}


def test_a_repeated_delivery_costs_one_refused_write_and_one_read(message: Message) -> None:
    assert claims.take(message, remaining=minutes)
    with counting() as again:
        assert claims.take(message, remaining=minutes) is None
    assert again == {"TransactWriteItems": 1, "GetItem": 1}


def test_a_small_package_is_sealed_with_one_listing_and_one_put(served: Served) -> None:
    package_id = served.create()
    served.upload(package_id, {f"{number}": b"%d" % number for number in range(40)})
    with counting() as requests:
        answered(served.finalize(package_id))
    table = {"GetItem": 1, "Query": 1, "TransactWriteItems": 1}
    assert requests == {**table, "ListObjectsV2": 1, "PutObject": 1}


def test_1001_files_are_sealed_with_two_listings_and_one_put_and_no_request_a_file(served: Served) -> None:
    package_id = served.create()
    files = {f"{number:04d}": b"%d" % number for number in range(1001)}
    planned = [answered(served.plan(package_id, batch))["items"] for batch in batches(files)]
    items = [item for plan in planned for item in plan]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(served.send, items, files.values())) == {200}
    with counting() as requests:
        actor = make_actor(workspace=served.workspace)
        finalize.finalize_now(package_id, Finalize.model_validate({}), actor=actor, report=silent)
    table = {"GetItem": 1, "Query": 1, "TransactWriteItems": 1}
    assert requests == {**table, "ListObjectsV2": 2, "PutObject": 1}


def test_a_sealed_package_is_finalized_again_without_asking_storage(served: Served) -> None:
    package = served.finalized({"a": b"x"})
    with counting() as requests:
        answered(served.finalize(package["id"]))
    assert requests == {"Query": 1}
