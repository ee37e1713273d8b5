"""The one shape of every refusal, checked the same way wherever one comes from."""

import re
from typing import Any

from chalicelib.http.openapi import PROBLEM

LEAKS = re.compile(
    r"Traceback|File \"|\.py\b|chalicelib|boto|dynamo|/var/task|site-packages|pynamodb|Exception",
    re.IGNORECASE,
)


def assert_problem(body: dict[str, Any], *, status: int) -> None:
    """Expect problem+json in words, and no trace of how we are made (docs/reference/errors.md)."""
    assert set(body) == set(PROBLEM["required"])
    assert body["status"] == status
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", body["code"])
    assert body["type"] == f"/api/errors/{body['code']}"
    assert body["title"]
    assert body["message"].endswith((".", "`."))
    assert isinstance(body["details"], dict)
    assert body["request_id"]
    assert not LEAKS.search(str(body))


def without_id(body: dict[str, Any]) -> dict[str, Any]:
    """A refusal without what differs from request to request."""
    return {name: value for name, value in body.items() if name != "request_id"}
