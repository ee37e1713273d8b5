"""A delete or a sweep that ends at any write: nothing is ambiguous, and what comes next ends it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.storage.service import storage
from tests.support.served import Served, answered, deliver, dispatch, reconcile, sweep_retention
from tests.support.wire import Fault, Killed, lost

FILES = {"a": b"alpha", "b": b"beta"}
MOST_WRITES = 20
HOURS = 8  # of sweeps, until what a crash left is ended


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
]


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, served: Served) -> Way:
    """Every way in turn; the store's enforcement is known before anything goes wrong."""
    assert served.workspace
    assert storage().proves_uploads()
    found: Way = request.param
    return found


@pytest.fixture
def expired() -> Iterator[None]:
    """The clock stands 92 days from now, when what is finalized now may go."""
    with clock.freeze(clock.now() + timedelta(days=92)):
        yield


def each_write(way: Way, *, writes: int) -> Iterator[Fault]:
    """A fault for the first write, the second, and so on, until one finds no write to fail."""
    for number in range(1, MOST_WRITES + 1):
        fault = Fault(number, way.error, after=way.after, lasting=way.lasting)
        yield fault
        if not fault.fired:
            assert number > writes
            return
    raise AssertionError(f"more than {MOST_WRITES} writes")


def finalized(served: Served) -> str:
    """A package that was finalized 92 days ago: upload URLs are good now, by the store's own clock."""
    with clock.freeze(datetime.now(UTC)):
        return str(served.finalized(FILES)["id"])


def settle(served: Served) -> None:
    """Let the schedules do what they do in some hours: send, reconcile, sweep, deliver."""
    for hour in range(1, HOURS + 1):
        with clock.freeze(clock.now() + timedelta(hours=hour)):
            reconcile()
            sweep_retention()
            dispatch()
            while messages := served.messages("sweeps"):
                assert deliver(*messages, queue="sweeps") == []


def one_truth(served: Served, package_id: str, *, deleted: bool) -> None:
    """The package is whole, or deleted with its absence proven; its chain tells each thing once."""
    package, chain = served.show(package_id), served.chain(package_id)
    keys = [key for key, _ in served.everything(package_id)[1]]
    actions = [event.action for event in chain]
    assert first_bad(chain) is None
    assert actions.count("packages:retention:eligible") <= 1
    assert any(key.endswith("/manifest.json") for key in keys)
    assert (package["status"] == "deleted") is deleted
    assert len(keys) == (1 if deleted else 3)
    for once in ("package:disposal-ordered", "retention:deleted", "package:disposed"):
        assert actions.count(f"packages:{once}") == int(deleted)
    if deleted:
        assert package["disposal"]["completed_at"] is not None
        assert package["disposal"]["next_attempt_at"] is None


@pytest.mark.usefixtures("expired")
def test_the_same_delete_again_ends_what_was_begun(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=4):
        package_id = finalized(served)
        with fault.active(), suppress(Killed):
            served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"})
        answered(served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"}))
        one_truth(served, package_id, deleted=True)


@pytest.mark.usefixtures("expired")
def test_the_sweep_ends_what_a_delete_began_and_begins_none(served: Served, way: Way) -> None:
    for fault in each_write(way, writes=4):
        package_id = finalized(served)
        with fault.active(), suppress(Killed):
            served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"})
        ordered = served.show(package_id)["status"] == "deleted"
        settle(served)
        one_truth(served, package_id, deleted=ordered)


@pytest.mark.usefixtures("expired")
def test_a_sweep_that_ends_anywhere_is_ended_by_the_next(served: Served, way: Way) -> None:
    policy = {"auto_delete": True, "grace_days": 1, "reason": "room"}
    answered(served.api.request("PUT", "/retention/policy", body=policy))
    for fault in each_write(way, writes=6):
        package_id = finalized(served)
        assert sweep_retention() == 1
        messages = served.messages("sweeps")
        with fault.active(), suppress(Killed, Unavailable):
            deliver(*messages, queue="sweeps")
        settle(served)
        one_truth(served, package_id, deleted=True)


@pytest.mark.usefixtures("expired")
def test_a_schedule_that_ends_anywhere_loses_nothing(served: Served, way: Way) -> None:
    policy = {"auto_delete": True, "grace_days": 1, "reason": "room"}
    answered(served.api.request("PUT", "/retention/policy", body=policy))
    for fault in each_write(way, writes=4):
        package_id = finalized(served)
        with fault.active(), suppress(Killed, Unavailable):
            sweep_retention()
        settle(served)
        one_truth(served, package_id, deleted=True)
