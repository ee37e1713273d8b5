"""Requests to the API, with the token, and to the store, without the token. Both use one HTTP client."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel

from holdfast.client.retries import passes, persistently
from holdfast.client.validation import parse
from holdfast.client.waiting import Pause
from holdfast.errors import ApiError, InputError

TIMEOUT_S = {"connect": 10.0, "read": 120.0, "write": 120.0, "pool": 600.0}


def pooled(jobs: int) -> httpx.Client:
    """Return an HTTP client that keeps one connection for each job alive, and a few for the API."""
    connections = jobs + 4
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=30
    )
    return httpx.Client(limits=limits)


class Page(BaseModel):
    """The field that every page has, whatever its items are."""

    next_cursor: str | None


class Transport:
    """Requests with retries. The token is in API requests only: in no repr, log, error or upload."""

    def __init__(self, url: str, token: str, *, workspace: str | None, http: httpx.Client) -> None:
        self.url = api_url(url)
        self.http = http
        self.workspace = workspace
        self._headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        if workspace:
            self._headers["holdfast-workspace"] = workspace

    def __repr__(self) -> str:
        return f"Transport(url={self.url!r}, workspace={self.workspace!r})"

    def get(
        self, path: str, *, params: Mapping[str, Any] | None = None, pause: Pause | None = None
    ) -> httpx.Response:
        """GET `{url}{path}` without the parameters that are None. Raises `ApiError`, `Unreachable`."""
        present = {name: _text(value) for name, value in (params or {}).items() if value is not None}
        return self._call(lambda: self._request("GET", path, params=present), pause)

    def post(self, path: str, body: Any, *, pause: Pause | None = None) -> httpx.Response:
        """POST `body` as JSON, for requests that may arrive twice. Raises `ApiError`, `Unreachable`."""
        return self._call(lambda: self._request("POST", path, json=body), pause)

    def put(self, path: str, body: Any) -> httpx.Response:
        """PUT `body` as JSON. Raises `ApiError`, `Unreachable`."""
        return self._call(lambda: self._request("PUT", path, json=body), None)

    def delete(self, path: str, body: Any = None) -> httpx.Response:
        """DELETE, with `body` as JSON where there is one. Raises `ApiError`, `Unreachable`."""
        return self._call(lambda: self._request("DELETE", path, json=body), None)

    def take_off(self, path: str, body: Any) -> httpx.Response:
        """DELETE under an Idempotency-Key. A retry gets the answer that was lost.

        Raises `ApiError`, `Unreachable`.
        """
        key = {"idempotency-key": str(uuid4())}
        return self._call(lambda: self._request("DELETE", path, json=body, headers=key), None)

    def create(self, path: str, body: Any) -> httpx.Response:
        """POST `body` as JSON under an Idempotency-Key, so that a retry cannot create a second one.

        Raises `ApiError`, `Unreachable`.
        """
        key = {"idempotency-key": str(uuid4())}
        return self._call(lambda: self._request("POST", path, json=body, headers=key), None)

    def patch(self, path: str, body: Any, *, if_match: str | None = None) -> httpx.Response:
        """PATCH `body` as JSON, only while `if_match` is the current `ETag`. Raises as `post`."""
        headers = {"if-match": if_match} if if_match else None
        return self._call(lambda: self._request("PATCH", path, json=body, headers=headers), None)

    def pages(self, path: str, params: dict[str, Any]) -> Iterator[bytes]:
        """Yield the body of each page of a list, from `cursor` in `params` or the start, to the last page."""
        cursor = params.get("cursor")
        while True:
            body = self.get(path, params={**params, "cursor": cursor}).content
            yield body
            cursor = parse(Page, body).next_cursor
            if cursor is None:
                return

    def store(
        self, request: Callable[[], httpx.Request], *, pause: Pause, stream: bool = False
    ) -> httpx.Response:
        """Return the store's answer to `request()`, which makes a new request for each attempt.

        Nothing is added to the request, because its headers are signed. With `stream`, the caller reads the
        body and closes the answer. Raises `Unreachable` without an answer.
        """
        return persistently(
            lambda: self.http.send(request(), stream=stream), pause=pause, again=_passes_in_store
        )

    def _call(self, request: Callable[[], httpx.Request], pause: Pause | None) -> httpx.Response:
        response = persistently(
            lambda: self.http.send(request()), pause=pause or Pause(), again=_passes_in_api
        )
        if response.is_error:
            raise _problem(response)
        return response

    def _request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> httpx.Request:
        return httpx.Request(
            method,
            f"{self.url}{path}",
            headers={**self._headers, **(headers or {})},
            extensions={"timeout": TIMEOUT_S},
            **content,
        )


def api_url(url: str) -> str:
    """Return `url` without a trailing slash, and with `/api` at its end.

    Raises `InputError` when `url` is not an http:// or https:// address.
    """
    trimmed = url.strip().rstrip("/")
    if not trimmed.startswith(("http://", "https://")):
        raise InputError("INVALID_URL", f"{url!r} is not an http:// or https:// address.")
    return trimmed if trimmed.endswith("/api") else f"{trimmed}/api"


def store_request(
    method: str, url: str, headers: Mapping[str, str], content: bytes | Iterator[bytes] | None = None
) -> httpx.Request:
    """Return a request to the store with exactly these headers, and those that HTTP itself needs."""
    return httpx.Request(
        method, url, headers=dict(headers), content=content, extensions={"timeout": TIMEOUT_S}
    )


def store_code(response: httpx.Response) -> str:
    """Return the error code in a store's XML answer, such as `AccessDenied`, or an empty text."""
    found = re.search(r"<Code>([A-Za-z0-9]{1,64})</Code>", response.text)
    return found[1] if found else ""


def _passes_in_api(response: httpx.Response) -> bool:
    # the service is still busy with the first attempt, which timed out here; a retry gets its answer
    return passes(response) or (
        response.status_code == httpx.codes.CONFLICT
        and _json_object(response).get("code") == "IDEMPOTENCY_IN_PROGRESS"
    )


def _passes_in_store(response: httpx.Response) -> bool:
    # 409: two create-only writes of one key compete in the store; the next attempt sees which one won
    return passes(response) or response.status_code in {
        httpx.codes.REQUEST_TIMEOUT,
        httpx.codes.CONFLICT,
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _problem(response: httpx.Response) -> ApiError:
    body = _json_object(response)
    details = body.get("details")
    return ApiError(
        response.status_code,
        str(body.get("code") or f"HTTP_{response.status_code}"),
        str(body.get("message") or body.get("title") or f"The service answered {response.status_code}."),
        request_id=str(body.get("request_id") or response.headers.get("x-request-id", "")),
        details=details if isinstance(details, dict) else {},
    )


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
