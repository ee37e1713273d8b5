"""Drives the app in this process as API Gateway and Lambda do, without a socket."""

import json
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple

from chalice.app import Chalice

from app import app
from infra.local.functions import Functions
from infra.local.gateway import Call, Gateway

ROOT = Path(__file__).parents[2]
UPLOAD_LIMIT = 64 * 1024 * 1024


class Answer(NamedTuple):
    """What came back; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.json["code"])


class Api:
    """One client of the app, or of another `served` one. Without a `token` it is nobody that we know."""

    def __init__(
        self, *, token: str | None = None, served: Chalice = app, functions: type[Functions] = Functions
    ) -> None:
        self._gateway = Gateway(served, functions(served, ROOT), upload_limit=UPLOAD_LIMIT)
        self._token = token

    def asked_by(self, token: str | None) -> "Api":
        """The same app, asked with another token, or with none."""
        other = copy(self)
        other._token = token
        return other

    def get(self, target: str, **wanted: Any) -> Answer:
        """GET; see `request`."""
        return self.request("GET", target, **wanted)

    def post(self, target: str, body: Any = None, **wanted: Any) -> Answer:
        """POST; see `request`."""
        return self.request("POST", target, body=body, **wanted)

    def request(
        self,
        method: str,
        target: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send the request; a `body` of bytes goes as it is, any other but None as JSON."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if self._token is not None:
            sent.setdefault("authorization", f"Bearer {self._token}")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw:
            sent.setdefault("content-type", "application/json")
        reply = self._gateway.answer(Call(method, target, sent, raw))
        return Answer(reply.status, {name.lower(): value for name, value in reply.headers}, reply.body)
