"""The edge: what every view is spared, and what every client can rely on."""

import json
import logging
from typing import Any

import pytest

from chalicelib.core.errors import Malformed
from chalicelib.http.request import MAX_BODY_BYTES, parse_json
from chalicelib.http.routes import MAX_PATH_VALUE_BYTES, routes
from tests.support.api import Answer
from tests.support.problems import assert_problem
from tests.unit.http.conftest import Edge, Search, Thing

ADA = {"asker": "ada"}
THING = {"name": "a", "number": 1}


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """Expect a refusal in our shape; its details."""
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json["request_id"]
    assert_problem(answer.json, status=status)
    details: dict[str, Any] = answer.json["details"]
    return details


def test_a_view_gets_what_it_names_and_its_model_is_the_answer(edge: Edge) -> None:
    answer = edge.post("/things", {"name": "a"}, headers=ADA)
    assert (answer.status, answer.json) == (201, {"name": "a", "number": 1})
    assert answer.headers["content-type"] == "application/json"
    assert edge.calls == [(Thing(name="a"), "ada", None)]


def test_an_answer_may_bring_its_own_status_and_headers(edge: Edge) -> None:
    answer = edge.request("DELETE", "/things/a/b")
    assert (answer.status, answer.body, answer.headers["x-gone"]) == (204, b"", "a.b")


def test_a_path_parameter_that_no_id_can_be_is_not_there(edge: Edge) -> None:
    assert edge.get(f"/things/{'x' * MAX_PATH_VALUE_BYTES}/b").status == 200
    refused(edge.get(f"/things/{'x' * (MAX_PATH_VALUE_BYTES + 1)}/b"), 404, "NOT_FOUND")


def test_a_path_parameter_is_read_decoded_and_once_more_is_no_harm(edge: Edge) -> None:
    answer = edge.get("/things/auth0%7C5%20f/a@b.example")
    assert answer.json == {"name": "auth0|5 f", "part": "a@b.example"}


def test_a_query_is_read_by_its_model(edge: Edge) -> None:
    answer = edge.get("/things?limit=5&word=gr%C3%BC%C3%9Fe+%26", headers=ADA)
    assert answer.json == {"limit": 5, "word": "grüße &"}
    assert edge.calls == [Search(limit=5, word="grüße &")]


@pytest.mark.parametrize(
    ("query", "field"), [("limit=1&limit=2", "limit"), ("word=a&word=a", "word"), ("colour=red", "colour")]
)
def test_repeated_and_unknown_query_parameters_are_refused_by_name(
    edge: Edge, query: str, field: str
) -> None:
    details = refused(edge.get(f"/things?{query}", headers=ADA), 422, "INVALID_REQUEST")
    assert [error["field"] for error in details["errors"]] == [field]
    assert edge.calls == []


def test_unknown_body_fields_are_refused_by_name(edge: Edge) -> None:
    details = refused(edge.post("/things", THING | {"colour": "red"}, headers=ADA), 422, "INVALID_REQUEST")
    assert [error["field"] for error in details["errors"]] == ["colour"]
    assert edge.calls == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}{}",
        b"{'name': 1}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"number": 01}',
        b'{"number": ' + b"9" * 5000 + b"}",
        b"\xff",
        b'{"name": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        json.dumps(THING).encode("utf-16"),
        json.dumps(THING).encode("utf-16-le"),
        json.dumps(THING).encode("utf-32-be"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_a_body_that_is_not_json_in_utf_8_is_malformed(edge: Edge, body: bytes) -> None:
    refused(edge.post("/things", body, headers=ADA), 400, "MALFORMED_JSON")
    assert edge.calls == []


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"text"', b"1", b'{"name": "\\ud800"}', b'{"\\ud800": 1}']
)
def test_json_that_is_no_such_object_is_invalid(edge: Edge, body: bytes) -> None:
    refused(edge.post("/things", body, headers=ADA), 422, "INVALID_REQUEST")
    assert edge.calls == []


def test_a_parsed_value_is_what_was_sent() -> None:
    assert parse_json('{"é": [1, 2.5, null]}'.encode()) == {"é": [1, 2.5, None]}
    with pytest.raises(Malformed):
        parse_json(b"")


@pytest.mark.parametrize(
    "declared", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_json_is_read_however_it_is_spelt(edge: Edge, declared: str) -> None:
    assert edge.post("/things", THING, headers=ADA | {"content-type": declared}).status == 201


@pytest.mark.parametrize("declared", ["text/plain", "application/xml", "application/jsonl", "", "*/*"])
def test_a_body_of_another_media_type_is_unsupported(edge: Edge, declared: str) -> None:
    answer = edge.post("/things", THING, headers=ADA | {"content-type": declared})
    refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert edge.calls == []


def test_a_body_over_the_limit_is_too_large_whatever_it_holds(edge: Edge) -> None:
    padded = b'{"name": "a"}'.ljust(MAX_BODY_BYTES)
    assert edge.post("/things", padded, headers=ADA).status == 201
    refused(edge.post("/things", padded + b" ", headers=ADA), 413, "BODY_TOO_LARGE")


def test_a_body_for_a_route_without_one_is_not_looked_at(edge: Edge) -> None:
    for body in (b"{broken", b"\xff\xfe", b'{"limit": 99}'):
        answer = edge.request("GET", "/things", body=body, headers=ADA | {"content-type": "text/plain"})
        assert (answer.status, answer.json) == (200, {"limit": 10, "word": None})


@pytest.mark.parametrize("given", ["abc", "01JD-x.y:z_9", "a" * 128])
def test_a_request_id_is_echoed_in_answers_and_in_refusals(edge: Edge, given: str) -> None:
    headers = {"x-request-id": given}
    assert edge.get("/things/a/b", headers=headers).headers["x-request-id"] == given
    assert edge.get("/fault", headers=headers).json["request_id"] == given
    assert edge.request("PATCH", "/fault", headers=headers).json["request_id"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "a b", "a" * 129, "a\r\nSet-Cookie: x=1", "a\n", "<script>", "größe", '"', "a;b"]
)
def test_a_hostile_request_id_is_replaced_by_ours(edge: Edge, given: str) -> None:
    answer = edge.get("/fault", headers={"x-request-id": given})
    assert answer.json["request_id"].startswith("req_")
    assert answer.headers["x-request-id"] == answer.json["request_id"]
    assert "set-cookie" not in answer.headers


def test_every_request_has_an_id_of_its_own(edge: Edge) -> None:
    assert len({edge.get("/things/a/b").headers["x-request-id"] for _ in range(5)}) == 5


def test_an_unknown_route_is_not_there(edge: Edge) -> None:
    refused(edge.get("/nowhere"), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_method_that_the_route_has_not_is_told_which_it_has(edge: Edge, method: str) -> None:
    answer = edge.request(method, "/things", headers=ADA)
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    assert edge.calls == []


def test_head_is_answered_as_get_is(edge: Edge) -> None:
    head, get = edge.request("HEAD", "/things/a/b"), edge.get("/things/a/b")
    assert (head.status, head.headers["content-type"]) == (get.status, get.headers["content-type"])
    assert edge.request("HEAD", "/things").status == 401


def test_a_fault_of_ours_tells_nothing_and_is_in_the_log(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = edge.get("/fault")
    assert refused(answer, 500, "INTERNAL_ERROR") == {}
    assert b"hunter2" not in answer.body
    logged = [record for record in caplog.records if record.exc_info]
    assert [vars(record)["request_id"] for record in logged] == [answer.json["request_id"]]
    assert "hunter2" in str(logged[0].exc_info)


def test_an_outage_says_when_to_try_again_and_the_log_says_what_it_was(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = edge.get("/outage")
    assert refused(answer, 503, "UNAVAILABLE") == {}
    assert answer.headers["retry-after"] == "7"
    logged = [record for record in caplog.records if record.exc_info]
    assert [vars(record)["request_id"] for record in logged] == [answer.json["request_id"]]
    assert "table-7" in caplog.text


def test_the_gate_is_asked_before_anything_is_read(edge: Edge) -> None:
    assert edge.post("/things", b"{broken").status == 401
    assert edge.get("/things?limit=x").status == 401
    answer = edge.post("/things", b"{broken", headers={"asker": "viewer"})
    assert refused(answer, 403, "NOT_FOUND") == {"scope": "things:write"}


def test_each_request_is_logged_with_who_where_and_what_but_no_secret(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    headers = ADA | {"authorization": "Bearer very-secret-token", "idempotency-key": "secret-key"}
    with caplog.at_level(logging.DEBUG, logger="holdfast"):
        answer = edge.post("/things", {"name": "secret-name"}, headers=headers)
    [record] = [record for record in caplog.records if record.name == "holdfast"]
    told = vars(record)
    wanted = ("route", "status", "workspace", "actor", "request_id")
    expected = ("POST /things", 201, "acme", "ada", answer.headers["x-request-id"])
    assert tuple(told[name] for name in wanted) == expected
    assert "secret" not in str(told)


def test_a_view_is_described_by_its_declaration(edge: Edge) -> None:
    assert edge
    declared = {f"{route.method} {route.path}": route for route in routes}
    shown, gone = declared["GET /things/{name}/{part}"], declared["DELETE /things/{name}/{part}"]
    assert (shown.path_names, shown.scope, shown.status) == (["name", "part"], "public", 200)
    assert (shown.answers, gone.answers) == ({200: dict}, {204: None})
    made, listed = declared["POST /things"], declared["GET /things"]
    assert (made.body, made.query, made.answers, made.creates) == (Thing, None, {201: Thing}, True)
    assert (listed.body, listed.query, listed.answers, listed.creates) == (None, Search, {200: Search}, False)
