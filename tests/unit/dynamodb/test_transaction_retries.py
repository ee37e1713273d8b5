"""What is tried again, how often and after which waits: contention, throttling, a lost connection."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.core import clock, ids
from chalicelib.core.errors import Unavailable, not_found
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import (
    BACKOFF_CAP_S,
    COMMIT_ATTEMPTS,
    CONTENDED_ATTEMPTS,
    CONTENDED_CAP_S,
    STALE_ATTEMPTS,
    Stale,
    back_off,
    retry_when_contended,
    retry_when_stale,
    transact,
)
from tests.support.factories import MOMENT
from tests.support.faults.table import CANCELED, refusing
from tests.support.wire import listening, lost

pytestmark = pytest.mark.usefixtures("moto_table")


def pk() -> str:
    """The partition of this test."""
    return items.partition("acme", "thing")


def new(sk: str) -> Item:
    """An item that is not in the table yet."""
    return Item(pk=pk(), sk=sk, kind="thing")


def written() -> list[tuple[str, int]]:
    """What the table has of this test, and in which version."""
    return [(item.sk, int(item.version)) for item in queries.query_all(pk())]


@pytest.mark.parametrize(
    "reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_contention_is_tried_again_until_it_is_over(reason: str) -> None:
    with (
        clock.freeze(MOMENT),
        refusing("TransactWriteItems", CANCELED, reasons=[reason], times=3) as asked,
        transact() as transaction,
    ):
        transaction.save(new("a"))
    assert len(asked) == 4
    assert written() == [("a", 1)]


@pytest.mark.parametrize(
    "code", ["TransactionInProgressException", "ThrottlingException", "InternalServerError"]
)
def test_a_table_that_is_busy_is_asked_again(code: str) -> None:
    with (
        clock.freeze(MOMENT),
        refusing("TransactWriteItems", code, times=2),
        transact() as transaction,
    ):
        transaction.save(new("a"))
    assert written() == [("a", 1)]


@pytest.mark.parametrize("reasons", [["TransactionConflict"], []])
def test_what_is_contended_for_ever_is_unavailable_after_bounded_waits(reasons: list[str]) -> None:
    code = CANCELED if reasons else "ThrottlingException"
    with clock.freeze(MOMENT), refusing("TransactWriteItems", code, reasons=reasons) as asked:
        with pytest.raises(Unavailable), transact() as transaction:
            transaction.save(new("a"))
        waited = clock.now() - MOMENT
    assert len(asked) == COMMIT_ATTEMPTS
    assert timedelta(0) < waited <= timedelta(seconds=COMMIT_ATTEMPTS * BACKOFF_CAP_S)


def test_a_lost_connection_is_tried_again_under_the_same_token() -> None:
    tokens: list[str] = []

    def cut(params: dict[str, object], **_: object) -> None:
        tokens.append(str(params["body"]).partition('"ClientRequestToken": "')[2].partition('"')[0])
        if len(tokens) < 3:
            raise lost()

    with (
        clock.freeze(MOMENT),
        listening("before-call.dynamodb.TransactWriteItems", cut),
        transact() as transaction,
    ):
        transaction.save(new("a"))
    assert len(tokens) == 3
    assert len(set(tokens)) == 1
    assert tokens[0].startswith("tx_")


def test_a_fault_of_ours_is_not_tried_again() -> None:
    with (
        refusing("TransactWriteItems", CANCELED, reasons=["ValidationError"]) as asked,
        pytest.raises(TransactWriteError),
        transact() as transaction,
    ):
        transaction.save(new("a"))
    assert len(asked) == 1


def counted(fail: int, error: Callable[[], Exception] = Stale) -> tuple[Callable[[], int], list[int]]:
    """A decision that fails `fail` times before it is made, and a list that grows with each try."""
    tries: list[int] = []

    def decide() -> int:
        tries.append(len(tries))
        if len(tries) <= fail:
            raise error()
        return 42

    return retry_when_stale(decide), tries


def test_a_stale_decision_is_made_again_from_its_reads() -> None:
    decide, tries = counted(3)
    with clock.freeze(MOMENT):
        assert decide() == 42
    assert len(tries) == 4


def test_a_decision_that_is_stale_for_ever_is_unavailable() -> None:
    decide, tries = counted(STALE_ATTEMPTS)
    with clock.freeze(MOMENT), pytest.raises(Unavailable):
        decide()
    assert len(tries) == STALE_ATTEMPTS


def test_only_a_stale_decision_is_made_again() -> None:
    decide, tries = counted(1, error=not_found)
    with pytest.raises(type(not_found())):
        decide()
    assert len(tries) == 1


def test_waits_grow_to_a_ceiling_and_are_jittered() -> None:
    with clock.freeze(MOMENT), ids.seed(1):
        waits = []
        for attempt in range(12):
            before = clock.now()
            back_off(attempt)
            waits.append((clock.now() - before).total_seconds())
    assert all(wait <= min(BACKOFF_CAP_S, 0.02 * 2**attempt) for attempt, wait in enumerate(waits))
    assert len(set(waits)) == len(waits)


def test_what_dozens_contend_for_is_tried_less_often_and_further_apart() -> None:
    tries: list[int] = []

    @retry_when_contended
    def decide() -> None:
        tries.append(1)
        raise Stale

    with clock.freeze(MOMENT), ids.seed(1):
        with pytest.raises(Unavailable):
            decide()
        waited = (clock.now() - MOMENT).total_seconds()
    assert len(tries) == CONTENDED_ATTEMPTS < STALE_ATTEMPTS
    assert CONTENDED_CAP_S < waited < 21.2  # a request has 28 seconds


def test_a_transaction_of_nothing_sends_nothing() -> None:
    with refusing("TransactWriteItems", CANCELED, reasons=["ValidationError"]) as asked, transact():
        pass
    assert asked == []
