"""The store capability certificate, as members and owners meet it."""

import pytest

from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.transaction import transact
from tests.support.api import Api
from tests.support.factories import make_member_token


def test_an_owner_has_the_store_attacked_and_a_viewer_reads_what_came_of_it(api: Api) -> None:
    made = api.post("/storage/certificate")

    read = api.asked_by(make_member_token("viewer")).get("/storage/certificate")

    assert (made.status, read.status) == (201, 200)
    assert read.json == made.json
    assert {finding["claim"]: finding["enforced"] for finding in read.json["claims"]} == {
        "overwrite-refused": "yes",
        "create-only-race": "yes",
        "wrong-checksum-refused": "not_applicable",
        "wrong-payload-hash-refused": "yes",
        "delete-under-lock-refused": "not_applicable",
        "shortened-lock-refused": "not_applicable",
        "multipart-condition": "yes",
    }


def test_before_the_first_there_is_none(api: Api) -> None:
    assert api.get("/storage/certificate").status == 404
    assert api.get("/health/details").json["certificate"] is None


@pytest.mark.parametrize("role", ["viewer", "operator", "manager"])
def test_only_an_owner_has_the_store_attacked(api: Api, role: str) -> None:
    assert api.asked_by(make_member_token(role)).post("/storage/certificate").status == 403


def test_the_same_request_sent_again_attacks_once(api: Api) -> None:
    first, again = (api.post("/storage/certificate", headers={"idempotency-key": "k"}) for _ in range(2))

    assert first.json == again.json


def test_health_tells_the_latest_in_short(api: Api) -> None:
    made = api.post("/storage/certificate").json

    told = api.get("/health/details").json

    assert told["status"] == "ok"
    assert told["certificate"] == {
        "id": made["id"],
        "state": "current",
        "checked_at": made["checked_at"],
        "not_enforced": [],
        "gaps": [],
    }


def test_an_altered_certificate_degrades_the_whole(api: Api) -> None:
    api.post("/storage/certificate")
    (item,) = queries.query_all(items.partition("-", "storage-certificates"))
    item.data = {**item.data, "backend": "another"}
    with transact() as transaction:
        transaction.save(item)

    told = api.get("/health/details").json

    assert (told["status"], told["certificate"]["state"]) == ("degraded", "altered")
