"""Serve calls as API Gateway and Lambda do: match the route, make the event, call the app, answer.

Chalice's own `LocalGateway` matches the route and makes the event. Its answers to an unknown route and to
OPTIONS differ from those of our deployment, so this module calls the app itself.
"""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chalice.app import Chalice
from chalice.local import LambdaContext, LocalGateway

from chalicelib.core import ids
from chalicelib.core.errors import HoldfastError, TooLarge, not_found
from chalicelib.http import problems
from chalicelib.http.routes import REQUEST_ID
from chalicelib.storage.filesystem import signed_urls
from holdfast.api.codes import BODY_TOO_LARGE
from infra.local.functions import Functions

MOUNT = "/api"

BODY_LIMIT_BYTES = 10 * 1024 * 1024
API_HANDLER = "api_handler"


class Call(NamedTuple):
    """One HTTP request: `target` is path and query, header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway:
    """Answers calls under `/api`, where the deployment has its stage, and without it."""

    def __init__(self, app: Chalice, functions: Functions, *, upload_limit: int) -> None:
        self._app = app
        self._functions = functions
        self._upload_limit = upload_limit
        self._events = LocalGateway(app, functions.config).event_converter

    def body_limit(self, target: str) -> int:
        """Return the most bytes that a body may have: API Gateway's limit, or the limit of one upload."""
        return self._upload_limit if _unmounted(target).startswith(signed_urls.ROUTE) else BODY_LIMIT_BYTES

    def answer(self, call: Call) -> Reply:
        """Return the app's answer to a call; 404 `NOT_FOUND` for an unknown route, as deployed."""
        try:
            event = self._event(call)
        except ValueError:
            return refusal(not_found(), call.headers)
        limits = self._functions.limits(API_HANDLER)
        context = LambdaContext(API_HANDLER, limits.memory_mb, max_runtime_ms=limits.timeout_s * 1000)
        event["requestContext"]["requestId"] = context.aws_request_id
        return _reply(self._app(event, context))

    def _event(self, call: Call) -> dict[str, Any]:
        target = _unmounted(call.target)
        # base64 would triple what an upload takes in memory; the app reads both alike
        raw = call.body if target.startswith(signed_urls.ROUTE) else None
        body = None if raw else call.body or None
        made = self._events.create_lambda_event(
            method=call.method, path=target, headers=call.headers, body=body
        )
        event: dict[str, Any] = made | ({"body": raw} if raw else {})
        if call.method == "HEAD" and "HEAD" not in self._methods(event):
            event["requestContext"]["httpMethod"] = "GET"
        return event

    def _methods(self, event: dict[str, Any]) -> dict[str, Any]:
        methods: dict[str, Any] = self._app.routes[event["requestContext"]["resourcePath"]]
        return methods


def refusal(error: HoldfastError, headers: Mapping[str, str]) -> Reply:
    """Return the answer for a declared error to a request with these `headers`."""
    request_id = _request_id(headers)
    reply = _reply(problems.problem(error, request_id=request_id).to_dict())
    return reply._replace(headers=[*reply.headers, ("X-Request-Id", request_id)])


def too_large(size: int, limit: int, headers: Mapping[str, str]) -> Reply:
    """Return the answer to a body of `size` bytes, which is over `limit`."""
    return refusal(TooLarge(BODY_TOO_LARGE, f"The body has {size} bytes; at most {limit} are read."), headers)


def unreadable(status: HTTPStatus, message: str) -> Reply:
    """Return the answer to a request that is not proper HTTP; its code is the name of the status."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "code": status.name,
        "message": message,
        "details": {},
        "request_id": ids.new("req"),
    }
    return Reply(status, [("Content-Type", problems.PROBLEM_JSON)], json.dumps(body).encode())


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else ids.new("req")


def _unmounted(target: str) -> str:
    path = urlsplit(target).path
    return target[len(MOUNT) :] or "/" if path == MOUNT or path.startswith(f"{MOUNT}/") else target


def _reply(answer: dict[str, Any]) -> Reply:
    headers = list(answer["headers"].items())
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers += [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
    body = answer["body"] or ""
    if answer.get("isBase64Encoded"):
        return Reply(answer["statusCode"], headers, base64.b64decode(body))
    return Reply(answer["statusCode"], headers, body if isinstance(body, bytes) else body.encode())
