"""Any sizes, any budgets, killed anywhere: every package is checked once a turn, longest due first."""

import hashlib
import io
import random
from contextlib import suppress
from datetime import datetime, timedelta

import boto3
import pytest

from chalicelib.audit.service import events
from chalicelib.core import clock
from chalicelib.dynamodb.transaction import transact
from chalicelib.packages.models.package import Action, PackageRecord
from chalicelib.packages.service import integrity, packages
from chalicelib.packages.store import files as files_store
from chalicelib.packages.store import integrity_schedule
from chalicelib.packages.store import packages as files
from chalicelib.packages.store.packages import new_metadata, new_state, pk
from chalicelib.storage.service import storage
from holdfast.api.integrity import SweepQueued, SweepRequest
from holdfast.api.packages import Status
from holdfast.api.verifications import IntegrityState, Verdict
from tests.conftest import Configure
from tests.support.factories import MOMENT, make_actor, make_entry, make_package
from tests.support.served import deliver, dispatch, reconcile
from tests.support.wire import Fault, Killed

CONTENT = b"ten bytes."
SIZES = [1, 3, 199, 200, 201, 400, 401]
BUDGETS = [1, 30, 2000, 2500, 9000]
PACKAGES = 5
HOUR = timedelta(hours=1)
MOST_HOURS = 60


@pytest.fixture(autouse=True)
def _empty_queue(moto_table: Configure) -> None:  # noqa: ARG001  the app needs its table
    taken()


def taken() -> list[str]:
    """Take what is on the queue of sweeps."""
    sqs = boto3.client("sqs")
    url, bodies = sqs.get_queue_url(QueueName="sweeps")["QueueUrl"], []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def finalize_many(number: int, *, size: int) -> str:
    """A package of `size` files with one content, finalized some minutes after the start; its id."""
    at = MOMENT + timedelta(minutes=number)
    digest = hashlib.sha256(CONTENT).hexdigest()
    entries = [make_entry(path=f"{path:04d}", sha256=digest, size=len(CONTENT)) for path in range(size)]
    package = make_package(status=Status.FINALIZED, created_at=at, finalized_at=at, file_count=size)
    record = PackageRecord.model_validate(package.model_dump(exclude={"metadata"}) | {"page_count": 1})
    storage().put(files.object_key(record, entries[0]), io.BytesIO(CONTENT), len(CONTENT), digest)
    pages = files_store.pages(pk(record.workspace, record.id), entries, first=1)
    with transact() as transaction:
        transaction.save(new_state(record))
        transaction.save(new_metadata(package))
        transaction.save(integrity_schedule.new_place(record))
        for page in pages:
            transaction.save(page.files)
            transaction.save(page.hashes)
    return record.id


def an_hour(now: datetime, chance: random.Random) -> None:
    """A sweep is asked for, its message is sent, and its worker works, or is killed at some write."""
    with clock.freeze(now):
        reconcile()
        asked = integrity.ask(SweepRequest(budget_bytes=chance.choice(BUDGETS)), actor=make_actor())
        assert isinstance(asked, SweepQueued)
        dispatch()
        for message in taken():
            kill = chance.randint(1, 12)
            with suppress(Killed), Fault(kill, Killed, after=chance.random() < 0.5).active():
                deliver(message, queue="sweeps")


def checks(package_id: str) -> list[str]:
    """The checks that the package's chain tells of."""
    told = events(pk(make_actor().workspace, package_id), limit=100)
    return [str((event.payload or {})["check_id"]) for event in told if event.action == Action.VERIFIED]


@pytest.mark.parametrize("seed", range(6))
def test_every_package_is_checked_once_a_turn_longest_due_first(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a story, no secret
    sizes = [chance.choice(SIZES) for _ in range(PACKAGES)]
    order = chance.sample(range(PACKAGES), PACKAGES)
    by_age = [package for _, package in sorted((at, finalize_many(at, size=sizes[at])) for at in order)]
    now = MOMENT + timedelta(days=31)
    for _ in range(MOST_HOURS):
        now += HOUR
        an_hour(now, chance)
        done = [bool(checks(package_id)) for package_id in by_age]
        assert done == sorted(done, reverse=True)
        if all(done):
            break
    assert [len(checks(package_id)) for package_id in by_age] == [1] * PACKAGES
    for package_id, size in zip(by_age, sizes, strict=True):
        record = packages.load(package_id, actor=make_actor()).record
        assert (record.integrity, record.verdicts[Verdict.OK]) == (IntegrityState.OK, size)
