"""A hold and a delete at once: one of both, never both, in many rounds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib.audit.models import first_bad
from chalicelib.core import clock
from tests.support.api import Answer
from tests.support.served import Served, answered

ROUNDS = 12
THREADS = 4
FILES = {"a": b"alpha"}


def at_once(served: Served, package_id: str) -> list[Answer]:
    """Holds and deletes that start together."""
    together = Barrier(THREADS)

    def ask(number: int) -> Answer:
        together.wait()
        if number % 2:
            return served.api.request("DELETE", f"/packages/{package_id}", body={"reason": "over"})
        body = {"name": f"case-{number}", "reason": "a dispute"}
        return served.api.post(f"/packages/{package_id}/holds", body)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, range(THREADS)))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_hold_and_a_delete_never_both_succeed(served: Served, number: int) -> None:
    package: dict[str, Any] = served.finalized(FILES, name=f"round {number}")
    with clock.freeze(clock.now() + timedelta(days=91)):
        answers = at_once(served, package["id"])
        shown = served.show(package["id"])
    held = [answer.status for answer in answers[::2]]
    deleted = [answer.status for answer in answers[1::2]]
    if shown["status"] == "deleted":
        assert (held, deleted) == ([409, 409], [200, 200])
        assert shown["holds"] == []
        assert len(served.everything(package["id"])[1]) == 1
    else:
        assert 201 in held
        assert deleted == [409, 409]
        assert served.keys(package["id"]) != ["manifest.json"]
        assert len(shown["holds"]) == held.count(201)
    assert first_bad(served.chain(package["id"])) is None


def test_of_deletes_at_once_one_orders_it(served: Served) -> None:
    package = served.finalized(FILES)
    with clock.freeze(clock.now() + timedelta(days=91)), ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(served.api.request, "DELETE", f"/packages/{package['id']}", body={"reason": "over"})
            for _ in range(8)
        ]
        assert {answered(each.result())["status"] for each in asked} == {"deleted"}
    actions = [event.action for event in served.chain(package["id"])]
    for once in ("disposal-ordered", "disposed"):
        assert actions.count(f"packages:package:{once}") == 1
