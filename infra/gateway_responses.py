"""What API Gateway answers by itself, in our shape (docs/development/architecture.md).

Its own words for an unknown route are "Missing Authentication Token", with 403; with a bearer token
they are a remark on Signature Version 4, under DEFAULT_4XX. Both mean that there is no such route.
"""

import json
from http import HTTPStatus
from typing import Any, NamedTuple

from chalicelib.core.errors import not_found
from chalicelib.http.problems import PROBLEM_JSON
from holdfast.api.codes import BODY_TOO_LARGE, INTERNAL_ERROR, NOT_FOUND, UNAVAILABLE, catalogue

RETRY_AFTER_S = 1


class Refusal(NamedTuple):
    """One answer: a code of the catalogue, or None for plain HTTP, and a sentence."""

    status: HTTPStatus
    code: str | None
    message: str


NO_ROUTE = Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, not_found().message)
UNREADABLE = Refusal(HTTPStatus.BAD_REQUEST, None, "The request cannot be read; check its query and headers.")
REFUSED = Refusal(HTTPStatus.FORBIDDEN, None, "The request was refused before it reached the service.")
TOO_MUCH = Refusal(HTTPStatus.TOO_MANY_REQUESTS, None, "Too many requests at once; wait as Retry-After says.")
BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, "The service does not answer now; try again shortly."
)

REFUSALS: dict[str, Refusal] = {
    "DEFAULT_4XX": NO_ROUTE,
    "MISSING_AUTHENTICATION_TOKEN": NO_ROUTE,
    "RESOURCE_NOT_FOUND": NO_ROUTE,
    "BAD_REQUEST_BODY": UNREADABLE,
    "BAD_REQUEST_PARAMETERS": UNREADABLE,
    "UNAUTHORIZED": Refusal(HTTPStatus.UNAUTHORIZED, None, "Send a token: `Authorization: Bearer TOKEN`."),
    "ACCESS_DENIED": REFUSED,
    "EXPIRED_TOKEN": REFUSED,
    "INVALID_API_KEY": REFUSED,
    "INVALID_SIGNATURE": REFUSED,
    "WAF_FILTERED": REFUSED,
    "REQUEST_TOO_LARGE": Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, BODY_TOO_LARGE, "The body is over the limit of 10 MB."
    ),
    "UNSUPPORTED_MEDIA_TYPE": Refusal(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, None, "The body must be application/json."
    ),
    "THROTTLED": TOO_MUCH,
    "QUOTA_EXCEEDED": TOO_MUCH,
    "DEFAULT_5XX": Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL_ERROR, "Something went wrong here."),
    "INTEGRATION_FAILURE": BUSY,
    "INTEGRATION_TIMEOUT": Refusal(
        HTTPStatus.GATEWAY_TIMEOUT, None, "The answer took too long; what was asked may have been done."
    ),
}


def gateway_responses() -> dict[str, Any]:
    """Return the value of `x-amazon-apigateway-gateway-responses` in the API's definition."""
    return {name: _response(refusal) for name, refusal in REFUSALS.items()}


def _response(refusal: Refusal) -> dict[str, Any]:
    headers = {"Content-Type": PROBLEM_JSON}
    if refusal.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return {
        "statusCode": str(refusal.status.value),
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
        },
        "responseTemplates": {"application/json": json.dumps(_problem(refusal))},
    }


def _problem(refusal: Refusal) -> dict[str, Any]:
    return {
        "type": f"/api/errors/{refusal.code}" if refusal.code else "about:blank",
        "title": catalogue[refusal.code].title if refusal.code else refusal.status.phrase,
        "status": refusal.status.value,
        "code": refusal.code or refusal.status.name,
        "message": refusal.message,
        "details": {},
        "request_id": "$context.requestId",
    }
