"""Reads of the single table: one request each, consistent, and never an exception of the driver's."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item, Key
from holdfast.api.codes import UNAVAILABLE
from tests.conftest import Configure
from tests.support.faults.table import refusing
from tests.support.wire import counting, small_pages

pytestmark = pytest.mark.usefixtures("moto_table")


def pk(workspace: str = "acme") -> str:
    """The partition of this test."""
    return items.partition(workspace, "thing")


def saved(sk: str, *, workspace: str = "acme", **values: Any) -> None:
    """Put an item into the table."""
    Item(pk=pk(workspace), sk=sk, kind="thing", **values).save()


def test_a_partition_starts_with_the_namespace_and_the_workspace(moto_table: Configure) -> None:
    moto_table(namespace="blue")
    assert items.partition("acme", "package", "pkg_1") == "blue#acme#package#pkg_1"


def test_an_item_is_read_as_it_was_saved() -> None:
    saved("a", data={"é": [1, 2.5, None]}, blob=b"\x00\xff", facets={"status": "created"}, audit_seq=7)
    found = queries.get(Key(pk(), "a"))
    assert found is not None
    assert (found.data, found.blob, found.audit_seq) == ({"é": [1, 2.5, None]}, b"\x00\xff", 7)
    assert found.facets.as_dict() == {"status": "created"}
    assert found.version == 1


def test_what_is_not_there_is_none() -> None:
    assert queries.get(Key(pk(), "absent")) is None


def test_a_query_gives_the_items_of_its_partition_in_order() -> None:
    for sk in ("b", "a", "c"):
        saved(sk)
    saved("a", workspace="other")
    assert [item.sk for item in queries.query(pk()).items] == ["a", "b", "c"]
    assert [item.sk for item in queries.query(pk(), forward=False).items] == ["c", "b", "a"]


def test_a_query_goes_on_where_the_last_page_ended() -> None:
    for number in range(5):
        saved(f"s{number}")
    first = queries.query(pk(), limit=2)
    second = queries.query(pk(), limit=2, start=first.last_key)
    third = queries.query(pk(), limit=2, start=second.last_key)
    pages = [[item.sk for item in page.items] for page in (first, second, third)]
    assert pages == [["s0", "s1"], ["s2", "s3"], ["s4"]]
    assert third.last_key is None


def test_a_limit_counts_what_is_read_not_what_is_left() -> None:
    for number in range(4):
        saved(f"s{number}", facets={"status": "odd" if number % 2 else "even"})
    page = queries.query(pk(), limit=2, where=Item.facets["status"] == "odd")
    assert [item.sk for item in page.items] == ["s1"]
    assert page.last_key is not None


def test_an_index_holds_only_what_has_its_keys() -> None:
    saved("listed", by_time_pk=pk(), by_time_sk="2026")
    saved("not listed")
    assert [item.sk for item in queries.query(pk(), index="by_time").items] == ["listed"]


def test_everything_of_a_partition_is_read_page_after_page() -> None:
    for number in range(5):
        saved(f"s{number}")
    with small_pages(2), counting() as sent:
        found = [item.sk for item in queries.query_all(pk())]
    assert found == [f"s{number}" for number in range(5)]
    assert sent["Query"] == 3


@pytest.mark.parametrize(("wanted", "requests"), [(0, 0), (1, 1), (100, 1), (101, 2)])
def test_a_batch_is_read_100_a_request(wanted: int, requests: int) -> None:
    for number in range(0, wanted, 10):
        saved(f"s{number:03d}")
    keys = [Key(pk(), f"s{number:03d}") for number in range(wanted)]
    with counting() as sent:
        found = queries.batch_get(keys)
    assert set(found) == set(keys[::10])
    assert sent["BatchGetItem"] == requests


def test_a_batch_names_each_key_once_and_leaves_out_what_is_absent() -> None:
    saved("a")
    keys = [Key(pk(), "a"), Key(pk(), "a"), Key(pk(), "absent")]
    assert list(queries.batch_get(keys)) == [Key(pk(), "a")]


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "InternalServerError"])
def test_a_table_that_does_not_answer_is_unavailable(code: str) -> None:
    reads: dict[str, Callable[[], object]] = {
        "GetItem": lambda: queries.get(Key(pk(), "a")),
        "Query": lambda: queries.query(pk()),
        "BatchGetItem": lambda: queries.batch_get([Key(pk(), "a")]),
    }
    for operation, read in reads.items():
        with refusing(operation, code), pytest.raises(Unavailable, match=UNAVAILABLE):
            read()
