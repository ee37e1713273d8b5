"""What happens between threads, on an engine whose transactions are atomic between them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.dynamodb import items as table
from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import Stale, retry_when_stale, transact

THREADS = 16
ROUNDS = 4
PK = "main#acme#thing"
pytestmark = pytest.mark.usefixtures("engine_table")


def together(act: Callable[[int], str]) -> list[str]:
    """What each of 16 threads made of `act`, all let go at the same moment."""
    barrier = Barrier(THREADS)

    def one(number: int) -> str:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_of_16_writers_of_one_new_item_exactly_one_wins() -> None:
    table.connection()

    def put(number: int, sk: str) -> str:
        taken = Conflict("NOT_FOUND", "is taken")
        try:
            with transact() as transaction:
                transaction.save(Item(pk=PK, sk=sk, kind="thing", data=number), on_conflict=taken)
                transaction.save(Item(pk=PK, sk=f"{sk} by {number}", kind="mark"))
        except Conflict:
            return "lost"
        return "won"

    for attempt in range(ROUNDS):
        sk = f"round {attempt}"
        outcomes = together(lambda number, sk=sk: put(number, sk))  # type: ignore[misc]  # bound per round
        items = {item.sk: item for item in queries.query_all(PK, Item.sk.startswith(sk))}
        assert sorted(outcomes) == ["lost"] * (THREADS - 1) + ["won"]
        assert set(items) == {sk, f"{sk} by {outcomes.index('won')}"}


def test_of_16_writers_of_what_they_all_read_exactly_one_wins() -> None:
    with transact() as transaction:
        transaction.save(Item(pk=PK, sk="a", kind="thing", data="nobody"))
    copies = [queries.get(Key(PK, "a")) for _ in range(THREADS)]

    def write(number: int) -> str:
        mine = copies[number]
        assert mine is not None
        mine.data = number
        try:
            with transact() as transaction:
                transaction.save(mine)
        except Stale:
            return "lost"
        return "won"

    outcomes = together(write)
    found = queries.get(Key(PK, "a"))
    assert sorted(outcomes) == ["lost"] * (THREADS - 1) + ["won"]
    assert found is not None
    assert (found.data, found.version) == (outcomes.index("won"), 2)


def test_no_write_of_16_that_try_again_is_lost() -> None:
    with transact() as transaction:
        transaction.save(Item(pk=PK, sk="count", kind="thing", data=[]))

    @retry_when_stale
    def append(number: int) -> str:
        item = queries.get(Key(PK, "count"))
        assert item is not None
        item.data = [*item.data, number]
        with transact() as transaction:
            transaction.save(item)
        return "done"

    together(append)
    found = queries.get(Key(PK, "count"))
    assert found is not None
    assert sorted(found.data) == list(range(THREADS))
    assert found.version == THREADS + 1
