"""A sweep that ends at any write, or that two workers do at once: every count exact, nothing twice."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.operations.service.lifecycle import OUTBOX_GRACE_S
from chalicelib.storage.service import storage
from holdfast.api.policy import LEASE_S
from tests.support.packages.damage import ask_for_sweep, checks, counts, overwrite, perform_sweeps, swept
from tests.support.served import Served, deliver, dispatch, sweep_integrity
from tests.support.wire import listening
from tests.unit.packages.test_crashes import MOST_DELIVERIES, VISIBILITY_S, WAYS, Way, each_write, going_wrong

FILES = {"a": b"alpha", "b": b"beta"}
TURN = timedelta(days=31)


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, served: Served) -> Way:
    """Every way in which a write can go wrong; the store's enforcement is known before."""
    assert served.workspace
    assert storage().proves_uploads()
    found: Way = request.param
    return found


@pytest.fixture
def finalized(served: Served) -> list[str]:
    """Two packages, finalized one after the other."""
    return [str(served.finalized(FILES, kind=f"run-{number}")["id"]) for number in range(2)]


def redeliver(message: str, *, acknowledged: bool, began: datetime) -> None:
    """Do what SQS does with a message that was not acknowledged: deliver it again when it is visible."""
    for delivery in range(1, MOST_DELIVERIES + 1):
        if acknowledged:
            return
        with clock.freeze(began + timedelta(seconds=delivery * VISIBILITY_S)):
            acknowledged = deliver(message, queue="sweeps") == []
    raise AssertionError("the message was never acknowledged")


def test_a_sweep_that_ends_anywhere_goes_on_with_exact_counts(
    served: Served, finalized: list[str], way: Way
) -> None:
    overwrite(served, finalized[1], "b", b"BETA")
    now = clock.now()
    for turn, fault in enumerate(each_write(way, writes=8), start=1):
        began = now + turn * TURN
        with clock.freeze(began):
            operation_id = ask_for_sweep(served, include_recent=True)
            [message] = served.messages("sweeps")
        acknowledged = False
        with clock.freeze(began), going_wrong(fault):
            acknowledged = deliver(message, queue="sweeps") == []
        redeliver(message, acknowledged=acknowledged, began=began)
        ended = served.operation(operation_id)
        assert (ended["status"], ended["outcome"]) == ("completed", "failed")
        assert counts(ended) == {"packages": 2, "ok": 3, "bad": 1, "bytes": 18}
        for package_id in finalized:
            assert len(checks(served, package_id)) == turn
            assert first_bad(served.chain(package_id)) is None
        assert [alarm["package_id"] for alarm in served.pages("/integrity/alarms")] == [finalized[1]]


def test_a_schedule_that_ends_anywhere_leaves_one_sweep_for_the_next_hour(
    served: Served, finalized: list[str], way: Way
) -> None:
    now = clock.now()
    for turn, fault in enumerate(each_write(way, writes=2), start=1):
        with clock.freeze(now + turn * TURN):
            with suppress(Unavailable), going_wrong(fault):
                sweep_integrity()
            assert sweep_integrity() == 1
            operation_id = ask_for_sweep(served)
        with clock.freeze(now + turn * TURN + timedelta(seconds=OUTBOX_GRACE_S)):
            dispatch()
            perform_sweeps(served)
            ended = served.operation(operation_id)
            assert counts(ended) == {"packages": 2, "ok": 4, "bytes": 18}
            assert [len(checks(served, package_id)) for package_id in finalized] == [turn, turn]


def test_a_worker_that_was_taken_over_while_it_read_changes_nothing_any_more(
    served: Served, finalized: list[str]
) -> None:
    with clock.freeze(clock.now() + TURN):
        operation_id = ask_for_sweep(served)
        [message] = served.messages("sweeps")
        taken_over: list[list[str]] = []

        def take_over(**_: object) -> None:
            if not taken_over:
                taken_over.append([])
                clock.sleep(LEASE_S + 1)
                taken_over[0] = deliver(message, queue="sweeps")

        with listening("before-call.s3.GetObject", take_over):
            assert deliver(message, queue="sweeps") == []
        assert taken_over == [[]]
        ended = served.operation(operation_id)
        assert (ended["outcome"], ended["fence"]) == ("succeeded", 2)
        assert counts(ended) == {"packages": 2, "ok": 4, "bytes": 18}
        assert [len(checks(served, package_id)) for package_id in finalized] == [1, 1]
        assert counts(swept(served)) == {}
