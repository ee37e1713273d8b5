"""The client's requests, answered by the service itself in this process."""

import httpx

from tests.support.api import Api


def forward(api: Api, request: httpx.Request) -> httpx.Response:
    """What the service answers to a request of the client, asked with `api`'s own token."""
    target = request.url.raw_path.decode().removeprefix("/api")
    headers = {name: request.headers[name] for name in ("idempotency-key",) if name in request.headers}
    body = request.content or None
    if body:
        headers["content-type"] = "application/json"
    answer = api.request(request.method, target, body=body, headers=headers)
    return httpx.Response(answer.status, headers=answer.headers, content=answer.body)
