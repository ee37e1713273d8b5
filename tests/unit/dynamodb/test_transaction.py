"""One all-or-nothing write, and what its cancellation means."""

from typing import Any

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.dynamodb import items as table
from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import MAX_OPERATIONS, Stale, Transaction, transact
from tests.support.faults.table import CANCELED, refusing
from tests.support.wire import counting

pytestmark = pytest.mark.usefixtures("moto_table")


def pk() -> str:
    """The partition of this test."""
    return table.partition("acme", "thing")


def new(sk: str, **values: Any) -> Item:
    """An item that is not in the table yet."""
    return Item(pk=pk(), sk=sk, kind="thing", **values)


def saved(sk: str, **values: Any) -> Item:
    """An item that is in the table, as it was read."""
    with transact() as transaction:
        transaction.save(new(sk, **values))
    return read(sk)


def read(sk: str) -> Item:
    """The item as the table has it."""
    found = queries.get(Key(pk(), sk))
    assert found is not None
    return found


def conflict(word: str) -> Conflict:
    """An error that can be told from another."""
    return Conflict("NOT_FOUND", word)


def test_everything_in_a_transaction_is_written() -> None:
    old = saved("old")
    with transact() as transaction:
        transaction.save(new("a", data=1))
        transaction.save(new("b", data=2))
        transaction.delete(old)
    assert [(item.sk, item.data) for item in queries.query_all(pk())] == [("a", 1), ("b", 2)]


def test_nothing_is_written_when_the_block_raises() -> None:
    def spoilt() -> None:
        with transact() as transaction:
            transaction.save(new("a"))
            raise LookupError

    with pytest.raises(LookupError):
        spoilt()
    assert list(queries.query_all(pk())) == []


def test_nothing_is_written_when_one_condition_fails() -> None:
    saved("taken")
    transaction = Transaction()
    transaction.save(new("a"))
    transaction.save(new("taken"))
    with pytest.raises(Stale):
        transaction.commit()
    assert [item.sk for item in queries.query_all(pk())] == ["taken"]


def test_a_new_item_is_put_only_if_absent() -> None:
    saved("a", data="first")
    with pytest.raises(Conflict, match="is taken"), transact() as transaction:
        transaction.save(new("a", data="second"), on_conflict=conflict("is taken"))
    assert read("a").data == "first"


def test_an_item_that_was_read_is_saved_only_if_nobody_wrote_it_since() -> None:
    saved("a", data=0)
    mine, theirs = read("a"), read("a")
    theirs.data = "theirs"
    with transact() as transaction:
        transaction.save(theirs)
    mine.data = "mine"
    with pytest.raises(Stale), transact() as transaction:
        transaction.save(mine)
    assert read("a").data == "theirs"


def test_an_item_is_deleted_only_if_nobody_wrote_it_since() -> None:
    mine, theirs = saved("a"), read("a")
    with transact() as transaction:
        transaction.save(theirs)
    with pytest.raises(Stale), transact() as transaction:
        transaction.delete(mine)
    assert read("a").version == 2


def test_an_item_can_be_saved_again_after_its_transaction() -> None:
    item = new("a", data=1)
    for number in (1, 2, 3):
        item.data = number
        with transact() as transaction:
            transaction.save(item)
    assert (read("a").data, read("a").version) == (3, 3)


def test_a_check_writes_nothing_and_holds_the_rest_back() -> None:
    saved("gate", data="shut")
    opened = Item.data == '"open"'
    held = Transaction()
    held.check(Key(pk(), "gate"), opened, on_conflict=conflict("shut"))
    held.save(new("a"))
    with pytest.raises(Conflict, match="shut"):
        held.commit()
    assert [item.sk for item in queries.query_all(pk())] == ["gate"]
    with transact() as transaction:
        transaction.check(Key(pk(), "gate"), Item.version == 1)
        transaction.save(new("a"))
    assert (read("gate").version, read("a").version) == (1, 1)


WORDS = ("the put", "the check", "the delete", "the second put")


def staged(failing: str) -> Transaction:
    """Operations in another order than they are sent in; the conditions of `failing` do not hold."""
    items = {word: saved(word) for word in WORDS if word != "the second put"}
    if failing == "the delete":
        with transact() as transaction:
            transaction.save(read(failing))
    if failing == "the second put":
        saved(failing)
    transaction = Transaction()
    put = new("the put") if failing == "the put" else items["the put"]
    transaction.save(put, on_conflict=conflict("the put"))
    expected = 2 if failing == "the check" else 1
    transaction.check(Key(pk(), "the check"), Item.version == expected, on_conflict=conflict("the check"))
    transaction.delete(items["the delete"], on_conflict=conflict("the delete"))
    transaction.save(new("the second put"), on_conflict=conflict("the second put"))
    return transaction


@pytest.mark.parametrize("failing", WORDS)
def test_the_operation_that_failed_says_what_that_means(failing: str) -> None:
    with pytest.raises(Conflict, match=f": {failing}$"):
        staged(failing).commit()


@pytest.mark.parametrize(
    ("reason", "word"), list(enumerate(["the check", "the delete", "the put", "the second put"]))
)
def test_positions_are_those_of_what_is_sent_checks_then_deletes_then_puts(reason: int, word: str) -> None:
    transaction = staged("nothing")
    reasons = ["ConditionalCheckFailed" if at == reason else None for at in range(4)]
    with (
        refusing("TransactWriteItems", CANCELED, reasons=reasons),
        pytest.raises(Conflict, match=f": {word}$"),
    ):
        transaction.commit()


def test_a_failure_without_words_of_its_own_leaves_the_word_to_one_that_has_some() -> None:
    saved("plain")
    saved("telling")
    transaction = Transaction()
    transaction.save(new("plain"))
    transaction.save(new("telling"), on_conflict=conflict("told"))
    with pytest.raises(Conflict, match="told"):
        transaction.commit()


def test_a_failed_condition_counts_more_than_contention_beside_it() -> None:
    transaction = Transaction()
    transaction.save(new("a"), on_conflict=conflict("the first"))
    transaction.save(new("b"), on_conflict=conflict("the second"))
    reasons = ["TransactionConflict", "ConditionalCheckFailed"]
    with (
        refusing("TransactWriteItems", CANCELED, reasons=reasons),
        pytest.raises(Conflict, match="the second"),
    ):
        transaction.commit()


def test_a_transaction_holds_100_operations_and_no_more() -> None:
    transaction = Transaction()
    for number in range(MAX_OPERATIONS):
        transaction.save(new(f"{number:03d}"))
    with pytest.raises(ValueError, match="at most 100"):
        transaction.save(new("one more"))
    with counting() as sent:
        transaction.commit()
    assert sent["TransactWriteItems"] == 1
    assert len(list(queries.query_all(pk()))) == MAX_OPERATIONS
