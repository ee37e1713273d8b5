"""`Idempotency-Key` on POST /packages: for 24 hours the same key never makes a second package."""

from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.packages.service import packages
from tests.support.factories import MOMENT, make_actor, make_create
from tests.support.served import Served, answered

PACKAGE = {"producer": "nightly", "kind": "junit", "name": "unit tests"}
KEY = {"Idempotency-Key": "run-17"}
DAY = timedelta(days=1)


def test_the_same_key_and_body_give_the_same_answer(served: Served) -> None:
    first = served.api.post("/packages", PACKAGE, headers=KEY)
    again = served.api.post("/packages", PACKAGE, headers=KEY)
    assert (first.status, first.body) == (again.status, again.body)
    assert [package["id"] for package in served.pages("/packages")] == [first.json["id"]]


def test_the_same_key_with_another_body_is_refused(served: Served) -> None:
    answered(served.api.post("/packages", PACKAGE, headers=KEY), 201)
    other = served.api.post("/packages", PACKAGE | {"name": "other"}, headers=KEY)
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(served.pages("/packages")) == 1


def test_another_key_or_another_member_or_another_workspace_makes_another_package(served: Served) -> None:
    grace = served.api.asked_by(served.token(sub="grace"))
    elsewhere = served.api.asked_by(Served.token_of(f"{served.workspace}-b"))
    made = [
        answered(api.post("/packages", PACKAGE, headers=headers), 201)["id"]
        for api, headers in (
            (served.api, KEY),
            (served.api, {"Idempotency-Key": "run-18"}),
            (grace, KEY),
            (elsewhere, KEY),
        )
    ]
    assert len(set(made)) == 4


def test_a_refused_request_leaves_its_key_free(served: Served) -> None:
    assert served.api.post("/packages", {"kind": "junit"}, headers=KEY).status == 422
    assert served.api.post("/packages", PACKAGE, headers=KEY).status == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "\u00e9", "x" * 256, "a\tb"])
def test_a_key_that_is_no_printable_ascii_is_refused(served: Served, key: str) -> None:
    answer = served.api.post("/packages", PACKAGE, headers={"Idempotency-Key": key})
    assert (answer.status, answer.code) == (422, "INVALID_IDEMPOTENCY_KEY")
    assert served.pages("/packages") == []


def test_a_key_is_free_again_after_24_hours_whatever_the_table_still_keeps(served: Served) -> None:
    actor = make_actor(workspace=served.workspace)
    with clock.freeze(MOMENT):
        first = packages.create(make_create(), actor=actor, idempotency_key="k")
    with clock.freeze(MOMENT + DAY - timedelta(seconds=1)):
        assert packages.create(make_create(), actor=actor, idempotency_key="k") == first
        with pytest.raises(Invalid):
            packages.create(make_create(name="other"), actor=actor, idempotency_key="k")
    with clock.freeze(MOMENT + DAY):
        second = packages.create(make_create(name="other"), actor=actor, idempotency_key="k")
        assert packages.create(make_create(name="other"), actor=actor, idempotency_key="k") == second
    assert second.id != first.id
