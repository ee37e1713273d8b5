"""The one table from errors to HTTP statuses, and the one shape of a refusal: problem+json (RFC 9457)."""

import json
from typing import Any

from chalice.app import Response
from pydantic import ValidationError

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
from holdfast.api.codes import (
    BODY_TOO_LARGE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    MALFORMED_JSON,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    catalogue,
)
from holdfast.api.messages import field_path, quantity, rule_in_words, rule_sentence

PROBLEM_JSON = "application/problem+json"
MAX_REPORTED_FIELDS = 20
MAX_FIELD_CHARACTERS = 200  # the sender chooses the name of an undeclared field
DEFAULT_RETRY_AFTER_S = 1

STATUS: dict[type[HoldfastError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    InvalidState: 409,
    TooLarge: 413,
    Unsupported: 415,
    Invalid: 422,
    Throttled: 429,
    Unavailable: 503,
}

# statuses that Chalice and the gateway answer by themselves, before a view is called
BARE_STATUS = {400: MALFORMED_JSON, 404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 413: BODY_TOO_LARGE}


def problem(error: HoldfastError, *, request_id: str) -> Response:
    """Return `error` as a response, with `Retry-After` where a later attempt may succeed."""
    status = STATUS[type(error)]
    details = dict(error.details)
    headers = {"Content-Type": PROBLEM_JSON}
    if status in (429, 503):
        headers["Retry-After"] = str(details.pop("retry_after_s", DEFAULT_RETRY_AFTER_S))
    if status == 401:  # noqa: PLR2004  statuses are clearer as numbers
        headers["WWW-Authenticate"] = "Bearer"
    return _response(
        status, error.code, error.message, details=details, request_id=request_id, headers=headers
    )


def fault(request_id: str) -> Response:
    """Return the answer to an unexpected error. Its cause stays in the log."""
    message = "Holdfast failed to answer. The request itself is not known to be wrong."
    return _response(500, INTERNAL_ERROR, message, details={}, request_id=request_id, headers={})


def bare(response: Response, *, request_id: str) -> Response:
    """Return `response`, a refusal that Chalice made by itself, in the shape of a problem."""
    headers = {name: str(value) for name, value in response.headers.items() if name.lower() == "allow"}
    status = response.status_code
    if "" in headers.values():  # Chalice refuses a path that this function does not serve as a method
        status, headers = 404, {}
    code = BARE_STATUS.get(status, INTERNAL_ERROR)
    message = catalogue[code].title + "."
    return _response(status, code, message, details={}, request_id=request_id, headers=headers)


def invalid(error: ValidationError) -> Invalid:
    """Return the refusal of a request: each field with the rule that it breaks.

    The values that were sent are not repeated.
    """
    errors = [
        {"field": field_path(found["loc"])[:MAX_FIELD_CHARACTERS], "rule": rule_in_words(found)}
        for found in error.errors(include_url=False, include_input=False)
    ]
    more = f" (and {quantity(len(errors) - 1, 'more error')})" if errors[1:] else ""
    message = f"{rule_sentence(**errors[0])}{more}."
    return Invalid(INVALID_REQUEST, message, errors=errors[:MAX_REPORTED_FIELDS])


def _response(
    status: int, code: str, message: str, *, details: dict[str, Any], request_id: str, headers: dict[str, str]
) -> Response:
    body = {
        "type": f"/api/errors/{code}",
        "title": catalogue[code].title,
        "status": status,
        "code": code,
        "message": message,
        "details": details,
        "request_id": request_id,
    }
    return Response(
        body=json.dumps(body, ensure_ascii=False, default=str),
        status_code=status,
        headers={"Content-Type": PROBLEM_JSON, **headers},
    )
