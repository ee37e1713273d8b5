"""What a reader of a package's pages sees while others write (packages/store/files.py)."""

import pytest

from chalicelib.dynamodb import queries
from chalicelib.dynamodb.items import Key
from chalicelib.dynamodb.transaction import transact
from chalicelib.packages.store.files import path_hash
from chalicelib.packages.store.packages import pk
from tests.support.served import Served, answered
from tests.support.wire import after_query, small_pages

PLANS = 2
READ_ONCE = 2 * PLANS + 2  # pages, indexes, state and metadata: as many queries when each answers one item


@pytest.mark.parametrize("query", range(1, PLANS + 2))
def test_a_plan_never_doubles_a_path_that_was_planned_while_it_read(served: Served, query: int) -> None:
    package_id = served.create()
    for number in range(PLANS):
        answered(served.plan(package_id, {f"{number}": b"x"}))

    def meanwhile() -> None:
        answered(served.plan(package_id, {"contested": b"theirs"}))

    with small_pages(1), after_query(query, meanwhile):
        answer = served.plan(package_id, {"contested": b"ours"})
    assert (answer.status, answer.code) == (409, "DUPLICATE_PATH")
    assert served.show(package_id)["file_count"] == len(served.files(package_id)) == PLANS + 1


@pytest.mark.parametrize("query", range(1, READ_ONCE + 2))
def test_a_seal_never_leaves_out_a_file_that_was_planned_while_it_read(served: Served, query: int) -> None:
    package_id = served.create()
    for number in range(PLANS):
        served.upload(package_id, {f"{number}": b"x"})

    def meanwhile() -> None:
        served.upload(package_id, {"late": b"late"})

    with small_pages(1), after_query(query, meanwhile):
        package = answered(served.finalize(package_id))
    manifest = answered(served.api.get(f"/packages/{package_id}/manifest"))
    assert package["file_count"] == len(manifest["files"]) == PLANS + 1


def test_a_path_hash_that_collides_costs_a_page_read_never_a_wrong_answer(served: Served) -> None:
    package_id = served.create()
    answered(served.plan(package_id, {"kept": b"x"}))
    answered(served.plan(package_id, {"other": b"y"}))
    _let_collide(served, package_id, page=2, path="kept")
    answered(served.plan(package_id, {"kept": b"x"}))
    assert served.plan(package_id, {"kept": b"z"}).code == "DUPLICATE_PATH"
    assert served.show(package_id)["file_count"] == len(served.files(package_id)) == 2


def test_a_path_that_was_replaced_often_holds_what_came_last(served: Served) -> None:
    package_id = served.create()
    for number in range(4):
        answered(served.plan(package_id, {"again": b"%d" % number, f"{number}": b""}, replace=True))
    assert answered(served.plan(package_id, {"again": b"3"}))["items"][0]["stored"] is False
    assert served.plan(package_id, {"again": b"1"}).code == "DUPLICATE_PATH"
    package = served.show(package_id)
    assert (package["file_count"], package["total_bytes"]) == (5, 1)


def _let_collide(served: Served, package_id: str, *, page: int, path: str) -> None:
    """Make the index of `page` name the hash of `path`, as if one of its own paths had the same."""
    item = queries.get(Key(pk(served.workspace, package_id), f"INDEX#{page:06d}"))
    assert item is not None
    item.blob += path_hash(path)
    with transact() as transaction:
        transaction.save(item)
