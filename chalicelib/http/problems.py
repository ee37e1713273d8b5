"""The one table from errors to HTTP, and the one shape they take: problem+json (RFC 9457)."""

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

PROBLEM_JSON = "application/problem+json"

MAX_REPORTED_FIELDS = 20

MAX_FIELD_CHARACTERS = 200  # a field that nobody declared has the name that the sender chose

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

# what Chalice and the gateway answer on their own, before a view of ours is reached
BARE_STATUS = {400: MALFORMED_JSON, 404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 413: BODY_TOO_LARGE}


def problem(error: HoldfastError, *, request_id: str) -> Response:
    """`error` as a response, with `Retry-After` where trying again can help."""
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
    """The answer to a fault of ours: what happened stays in the log."""
    message = "Something went wrong here; nothing that you sent is known to be at fault."
    return _response(500, INTERNAL_ERROR, message, details={}, request_id=request_id, headers={})


def bare(response: Response, *, request_id: str) -> Response:
    """A refusal that Chalice made by itself, in our shape."""
    headers = {name: str(value) for name, value in response.headers.items() if name.lower() == "allow"}
    status = response.status_code
    if "" in headers.values():  # Chalice refuses a path that this function does not serve as a method
        status, headers = 404, {}
    code = BARE_STATUS.get(status, INTERNAL_ERROR)
    message = catalogue[code].title + "."
    return _response(status, code, message, details={}, request_id=request_id, headers=headers)


def invalid(error: ValidationError) -> Invalid:
    """What pydantic found, field by field, without repeating the values that were sent."""
    errors = [
        {"field": _field(found["loc"]), "rule": found["msg"]}
        for found in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    first = errors[0]
    message = (
        f"{first['field']}: {first['rule']}" + (f" (and {len(errors) - 1} more)" if errors[1:] else "") + "."
    )
    return Invalid(INVALID_REQUEST, message, errors=errors[:MAX_REPORTED_FIELDS])


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)[:MAX_FIELD_CHARACTERS] or "(body)"


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
