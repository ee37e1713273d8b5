"""A chain grows with the state that it tells of, in one write, and is read back page by page."""

import pytest

from chalicelib.audit import service
from chalicelib.audit.models import GENESIS, first_bad
from chalicelib.core.errors import Invalid
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key
from chalicelib.dynamodb.transaction import Stale, Transaction, transact
from holdfast.api.audit import Event
from tests.support.factories import make_actor

pytestmark = pytest.mark.usefixtures("moto_table")


def key() -> Key:
    """Where the state of this test's aggregate is."""
    return Key(items.partition("acme", "thing", "thing_1"), "ITEM")


def new_state() -> Item:
    """The state of an aggregate that is not there yet."""
    return Item(pk=key().pk, sk=key().sk, kind="thing", data=0)


def state() -> Item:
    """The state as the table has it."""
    found = queries.get(key())
    assert found is not None
    return found


def record(transaction: Transaction, item: Item, **payload: object) -> Event:
    """Add one event to a transaction."""
    return service.record(
        transaction,
        item,
        aggregate="thing_1",
        action="things:thing:moved",
        actor=make_actor(),
        payload=payload,
    )


def moved(times: int) -> list[Event]:
    """Move the state so many times, each with its event; the events."""
    item, events = new_state(), []
    for number in range(times):
        item.data = number
        with transact() as transaction:
            events.append(record(transaction, item, to=number))
            transaction.save(item)
    return events


def chain() -> list[Event]:
    """The chain as it is kept."""
    return service.history(key().pk, limit=200, cursor=None).items


def test_an_event_is_kept_beside_the_state_whose_head_it_becomes() -> None:
    events = moved(3)
    assert chain() == events
    assert (state().audit_seq, state().audit_head) == (3, events[-1].hash)
    assert first_bad(chain()) is None
    assert chain()[0].prev == GENESIS


def test_an_event_says_who_did_it_and_where() -> None:
    [event] = moved(1)
    assert (event.workspace, event.aggregate, event.actor) == ("acme", "thing_1", "ada")
    assert event.action == "things:thing:moved"


def test_several_events_of_one_write_follow_one_another() -> None:
    item = new_state()
    with transact() as transaction:
        for number in range(3):
            record(transaction, item, to=number)
        transaction.save(item)
    assert [event.seq for event in chain()] == [1, 2, 3]
    assert first_bad(chain()) is None
    assert (state().version, state().audit_seq) == (1, 3)


def test_a_write_that_fails_leaves_no_event() -> None:
    moved(1)
    mine, theirs = state(), state()
    for item in (theirs, mine):
        transaction = Transaction()
        record(transaction, item, to="somewhere")
        transaction.save(item)
        if item is theirs:
            transaction.commit()
    with pytest.raises(Stale):
        transaction.commit()
    assert [event.seq for event in chain()] == [1, 2]
    assert state().audit_head == chain()[-1].hash


def test_a_chain_cannot_fork_even_if_the_state_is_forgotten() -> None:
    moved(1)
    fork = Transaction()
    record(fork, new_state(), to="elsewhere")
    with pytest.raises(Stale):
        fork.commit()
    assert len(chain()) == 1


def test_a_chain_is_read_oldest_first_page_by_page() -> None:
    events = moved(12)
    found, cursor = [], None
    while True:
        page = service.history(key().pk, limit=5, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == events
    assert [event.seq for event in found] == list(range(1, 13))


def test_a_cursor_is_good_for_its_own_chain_only() -> None:
    moved(3)
    cursor = service.history(key().pk, limit=1, cursor=None).next_cursor
    with pytest.raises(Invalid):
        service.history(items.partition("acme", "thing", "thing_2"), limit=1, cursor=cursor)


def test_an_aggregate_that_nothing_happened_to_has_no_chain() -> None:
    page = service.history(items.partition("acme", "thing", "none"), limit=50, cursor=None)
    assert (page.items, page.next_cursor) == ([], None)
