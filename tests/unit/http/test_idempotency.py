"""The same key and body give the same answer, once, and nobody meets another's.

Its place in a request: docs/development/architecture.md.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from chalice.app import Request, Response

from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Unavailable, not_found
from chalicelib.dynamodb.items import partition
from chalicelib.dynamodb.queries import query_all
from chalicelib.http import idempotency
from chalicelib.http.idempotency import once
from holdfast.api.codes import IDEMPOTENCY_IN_PROGRESS, UNAVAILABLE
from tests.support.api import Answer
from tests.support.faults.table import refusing
from tests.unit.http.conftest import Asker, Edge

KEY = "01JD3X-some-key"


@dataclass
class Context:
    """What Lambda tells a function: how long it may still run."""

    remaining_ms: int

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


class Crash(BaseException):
    """The process ends; nothing catches it."""


def crash() -> Response:
    """End without a word, as a process that is killed does."""
    raise Crash


def make_request(*, remaining_ms: int = 29_000, body: str = "{}") -> Request:
    """A request as Chalice makes it of API Gateway's event."""
    event: dict[str, Any] = {
        "requestContext": {"httpMethod": "POST", "resourcePath": "/things"},
        "headers": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": {},
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": body,
    }
    event["requestContext"]["path"] = "/things"
    return Request(event, Context(remaining_ms))


def create(edge: Edge, name: str = "a", *, key: str = KEY, asker: str = "ada") -> Answer:
    """Ask the small app for a thing, under a key."""
    return edge.post("/things", {"name": name}, headers={"asker": asker, "idempotency-key": key})


def test_the_same_key_and_body_give_the_same_answer_and_are_done_once(edge: Edge) -> None:
    first, again = create(edge), create(edge)
    assert (first.status, first.json) == (201, {"name": "a", "number": 1})
    assert (again.status, again.json) == (first.status, first.json)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert len(edge.calls) == 1


def test_a_request_that_is_answered_again_has_its_own_request_id(edge: Edge) -> None:
    assert create(edge).headers["x-request-id"] != create(edge).headers["x-request-id"]


def test_without_a_key_everything_is_done_each_time(edge: Edge) -> None:
    for number in (1, 2):
        answer = edge.post("/things", {"name": "a"}, headers={"asker": "ada"})
        assert answer.json["number"] == number


def test_another_key_is_another_request(edge: Edge) -> None:
    assert [create(edge, key=key).json["number"] for key in ("k1", "k2", "K1", "k1")] == [1, 2, 3, 1]


def test_the_same_key_with_another_body_is_refused(edge: Edge) -> None:
    create(edge)
    answer = create(edge, "b")
    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(edge.calls) == 1


def test_a_key_belongs_to_whoever_used_it(edge: Edge) -> None:
    assert create(edge, asker="ada").json["number"] == 1
    assert create(edge, "b", asker="bob").json == {"name": "b", "number": 2}
    assert create(edge, asker="ada").json["number"] == 1


def test_a_refusal_is_not_kept(edge: Edge) -> None:
    assert create(edge, "taken").status == 409
    assert create(edge, "free").status == 201
    assert len(edge.calls) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "größe", "a\tb", "\x7f"])
def test_a_key_that_is_not_printable_ascii_is_refused(edge: Edge, key: str) -> None:
    answer = create(edge, key=key)
    assert (answer.status, answer.code) == (422, "INVALID_IDEMPOTENCY_KEY")
    assert edge.calls == []


@pytest.mark.parametrize("key", ["a", "~" * 255, '!"#$%&()*+,-./:;<=>?@[]^_`{|}'])
def test_any_printable_key_is_taken(edge: Edge, key: str) -> None:
    assert [create(edge, key=key).status for _ in range(2)] == [201, 201]
    assert len(edge.calls) == 1


def test_a_key_says_nothing_on_a_route_that_creates_nothing(edge: Edge) -> None:
    for _ in range(2):
        assert edge.get("/things", headers={"asker": "ada", "idempotency-key": KEY}).status == 200
    assert len(edge.calls) == 2


def test_while_a_request_is_answered_the_same_one_is_told_to_wait(edge: Edge) -> None:
    assert edge
    told: list[str] = []

    def respond() -> Response:
        with pytest.raises(Conflict) as error:
            once(KEY, make_request(), Asker(user_id="ada"), crash)
        told.append(error.value.code)
        return Response({"done": True})

    once(KEY, make_request(), Asker(user_id="ada"), respond)
    assert told == [IDEMPOTENCY_IN_PROGRESS]


@pytest.mark.parametrize(("remaining_ms", "blocked"), [(29_000, True), (-1_000, False)])
def test_a_crashed_attempt_blocks_its_key_as_long_as_it_could_have_run(
    edge: Edge, remaining_ms: int, *, blocked: bool
) -> None:
    assert edge
    with pytest.raises(Crash):
        once(KEY, make_request(remaining_ms=remaining_ms), Asker(user_id="ada"), crash)
    again = (KEY, make_request(), Asker(user_id="ada"), lambda: Response({"done": True}, status_code=201))
    if blocked:
        with pytest.raises(Conflict, match=IDEMPOTENCY_IN_PROGRESS):
            once(*again)
    else:
        assert once(*again).status_code == 201


def test_what_the_view_raises_is_raised(edge: Edge) -> None:
    assert edge

    def refuse() -> Response:
        raise not_found()

    for _ in range(2):
        with pytest.raises(type(not_found())):
            once(KEY, make_request(), Asker(user_id="ada"), refuse)


def test_answers_are_kept_in_the_asker_s_workspace_for_24_hours(edge: Edge) -> None:
    before = clock.now()
    create(edge)
    [item] = query_all(partition("acme", "idempotency"))
    assert item.ttl is not None
    kept = item.ttl - before
    assert timedelta(hours=23) < kept < timedelta(hours=25)


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
def test_a_table_that_does_not_answer_is_unavailable(edge: Edge, operation: str) -> None:
    assert edge
    with (
        refusing(operation, "ProvisionedThroughputExceededException", client=idempotency._client()),
        pytest.raises(Unavailable, match=UNAVAILABLE),
    ):
        once(KEY, make_request(), Asker(user_id="ada"), lambda: Response({"done": True}))
