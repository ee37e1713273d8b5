"""One table from errors to HTTP, and one shape (docs/development/architecture.md)."""

import json
from typing import Any

import pytest
from chalice.app import Response
from pydantic import BaseModel, ValidationError

from chalicelib.core.errors import (
    Conflict,
    Forbidden,
    HoldfastError,
    Invalid,
    InvalidState,
    Malformed,
    NotFound,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from chalicelib.http import problems
from holdfast.api.codes import INTERNAL_ERROR, INVALID_REQUEST, NOT_FOUND, catalogue
from holdfast.api.schema import Request
from tests.support.problems import assert_problem

STATUSES: list[tuple[type[HoldfastError], int]] = [
    (Malformed, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (InvalidState, 409),
    (TooLarge, 413),
    (Unsupported, 415),
    (Invalid, 422),
    (Throttled, 429),
    (Unavailable, 503),
]


class Strict(Request):
    """A request with one number."""

    number: int


def body(response: Response) -> dict[str, Any]:
    """What a response says."""
    read: dict[str, Any] = json.loads(response.body)
    return read


def invalid(model: type[BaseModel], values: Any) -> Invalid:
    """What is said of `values` that are no `model`."""
    with pytest.raises(ValidationError) as error:
        model.model_validate(values)
    return problems.invalid(error.value)


@pytest.mark.parametrize(("kind", "status"), STATUSES)
def test_an_error_has_one_status_and_the_one_shape(kind: type[HoldfastError], status: int) -> None:
    response = problems.problem(kind(NOT_FOUND, "Look elsewhere.", where="there"), request_id="req_1")
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert_problem(body(response), status=status)
    assert body(response) == {
        "type": "/api/errors/NOT_FOUND",
        "title": catalogue[NOT_FOUND].title,
        "status": status,
        "code": "NOT_FOUND",
        "message": "Look elsewhere.",
        "details": {"where": "there"},
        "request_id": "req_1",
    }


def test_the_table_has_no_other_errors() -> None:
    assert set(problems.STATUS.items()) == set(STATUSES)


@pytest.mark.parametrize(("kind", "status"), STATUSES)
def test_only_what_can_be_tried_again_says_when(kind: type[HoldfastError], status: int) -> None:
    response = problems.problem(kind(NOT_FOUND, "Wait."), request_id="req_1")
    assert ("Retry-After" in response.headers) == (status in (429, 503))
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_wait_that_is_known_is_told_in_the_header_not_in_the_details() -> None:
    response = problems.problem(Throttled(NOT_FOUND, "Wait.", retry_after_s=30), request_id="req_1")
    assert response.headers["Retry-After"] == "30"
    assert body(response)["details"] == {}


def test_a_fault_says_nothing_of_what_happened() -> None:
    response = problems.fault("req_1")
    assert (response.status_code, body(response)["code"]) == (500, INTERNAL_ERROR)
    assert body(response)["details"] == {}


def test_what_pydantic_found_is_told_by_field_and_rule_without_the_value() -> None:
    error = invalid(Strict, {"number": "my password", "other": "my secret"})
    assert error.code == INVALID_REQUEST
    assert {found["field"] for found in error.details["errors"]} == {"number", "other"}
    assert error.message.startswith("number must be an integer")
    assert error.message.endswith("(and 1 more error).")
    assert "my " not in f"{error} {error.details}"


def test_a_body_that_is_no_object_is_named_as_such() -> None:
    error = invalid(Strict, [1])
    assert error.details["errors"][0]["field"] == "(body)"
    assert error.message == "The request must be an object."


def test_at_most_20_fields_are_named_and_their_names_are_cut() -> None:
    error = invalid(Strict, {"x" * 5000: 1, **{f"field {number}": 1 for number in range(500)}})
    assert len(error.details["errors"]) == 20
    assert max(len(found["field"]) for found in error.details["errors"]) == 200
    assert "(and 501 more errors)" in error.message
    assert len(problems.problem(error, request_id="req_1").body) < 5000


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "MALFORMED_JSON"),
        (404, "NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
        (413, "BODY_TOO_LARGE"),
        (500, "INTERNAL_ERROR"),
    ],
)
def test_what_chalice_refuses_by_itself_takes_our_shape_and_keeps_allow(status: int, code: str) -> None:
    theirs = Response({"Code": "Chalice"}, {"Allow": "GET", "X-Powered-By": "Chalice"}, status)
    response = problems.bare(theirs, request_id="req_1")
    assert_problem(body(response), status=status)
    assert body(response)["code"] == code
    assert response.headers == {"Content-Type": "application/problem+json", "Allow": "GET"}


def test_a_path_that_the_function_does_not_serve_is_not_there() -> None:
    refused = Response(body={}, status_code=405, headers={"Allow": ""})
    answer = problems.bare(refused, request_id="req_1")
    assert answer.status_code == 404
    assert json.loads(answer.body)["code"] == "NOT_FOUND"
    assert "Allow" not in answer.headers
