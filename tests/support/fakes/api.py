"""A small in-memory packages API and its store behind `httpx.MockTransport` (docs/concepts/packages.md)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import httpx

from tests.support.fakes.members import FakeMembers
from tests.support.fakes.operations import FakeOperations
from tests.support.fakes.package import FakePackage, Refused
from tests.support.fakes.store import FakeStore

URL = "https://api.test/api"
TOKEN = "a.secret.token"

Answer = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class FakeApi:
    """Answers as the service does. `interceptors` are asked first; one that answers ends it there."""

    part_bytes: int = 64 * 1024 * 1024
    queued: bool = False
    page: int = 2
    packages: dict[str, FakePackage] = field(default_factory=dict)
    store: FakeStore = field(default_factory=FakeStore)
    requests: list[httpx.Request] = field(default_factory=list)
    interceptors: list[Answer] = field(default_factory=list)
    members: FakeMembers = field(default_factory=FakeMembers)
    _created: dict[str, str] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    @cached_property
    def operations(self) -> FakeOperations:
        """Its queued work."""
        return FakeOperations(self._page)

    def client(self) -> httpx.Client:
        """A client that reaches nothing but this."""
        return httpx.Client(transport=httpx.MockTransport(self.handle))

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One request, answered."""
        request.read()
        for interceptor in [*self.interceptors]:
            answer = interceptor(request)
            if answer is not None:
                return answer
        with self._lock:
            return self.arrived(request)

    def requested(self) -> list[str]:
        """What the API, not the store, was asked: `METHOD /path`."""
        return [f"{request.method} {request.url.path.removeprefix('/api')}" for request in self.requests]

    def arrived(self, request: httpx.Request) -> httpx.Response:
        """What the service does with a request, whether or not its answer gets back."""
        if str(request.url).startswith(self.store.base):
            return self.store.answer(request)
        self.requests.append(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return problem(401, "UNAUTHENTICATED", "The token is not valid here.")
        try:
            return self._route(request)
        except Refused as refused:
            return problem(refused.status, refused.code, "It is refused.", **refused.details)

    def _route(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.removeprefix("/api/").split("/")
        if parts == ["packages"]:
            return self._create(request) if request.method == "POST" else self._list(request)
        if parts[0] == "operations":
            return self._operation(request, parts)
        if parts[0] in {"members", "membership"}:
            return self.members.answer(request, parts, self._page)
        if parts == ["notifications"]:
            return httpx.Response(200, json=self._page(self.operations.notices, request))
        if parts == ["health", "details"]:
            return httpx.Response(200, json={"status": "ok"})
        package = self.packages.get(parts[1])
        if package is None:
            raise Refused(404, "NOT_FOUND")
        return self._of(package, parts[2] if len(parts) > 2 else "", request)

    def _of(self, package: FakePackage, verb: str, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        answers: dict[str, Callable[[], Any]] = {
            "": package.shown,
            "uploads": lambda: package.planned(body),
            "files": lambda: self._page(package.file_rows(request.url.params.get("prefix", "")), request),
            "events": lambda: self._page(package.events(), request),
            "download": lambda: package.download(request.url.params["path"]),
            "fail": lambda: package.fail(body["reason"]),
            "finalize": lambda: package.finalized(body),
            "verify": lambda: {"operation_id": "op_1", "package_id": package.fields["id"]},
            "verifications": lambda: self._page(self.operations.verdicts, request),
        }
        if verb == "manifest":
            return httpx.Response(200, content=package.manifest())
        if verb == "finalize" and self.queued:
            package.finalized(body)
            queued = {"operation_id": "op_1", "package_id": package.fields["id"]}
            return httpx.Response(202, json=queued)
        return httpx.Response(200, json=answers[verb]())

    def _create(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["idempotency-key"]
        if key not in self._created:
            package = FakePackage.create(len(self.packages) + 1, json.loads(request.content), self)
            self.packages[package.fields["id"]] = package
            self._created[key] = package.fields["id"]
        return httpx.Response(201, json=self.packages[self._created[key]].shown())

    def _list(self, request: httpx.Request) -> httpx.Response:
        wanted = {name: value for name, value in request.url.params.items() if name in {"kind", "status"}}
        rows = [package.shown() for package in reversed(self.packages.values())]
        chosen = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
        return httpx.Response(200, json=self._page(chosen, request))

    def _page(self, rows: list[dict[str, Any]], request: httpx.Request) -> dict[str, Any]:
        start = int(request.url.params.get("cursor", "0"))
        end = start + self.page
        return {"items": rows[start:end], "next_cursor": str(end) if end < len(rows) else None}

    def _operation(self, request: httpx.Request, parts: list[str]) -> httpx.Response:
        answer = self.operations.answer(request, parts)
        if answer is None:
            raise Refused(404, "NOT_FOUND")
        return httpx.Response(200, json=answer)


def problem(status: int, code: str, message: str, **details: Any) -> httpx.Response:
    """An error as the service answers it (docs/development/architecture.md)."""
    body = {"status": status, "code": code, "message": message, "details": details, "request_id": "req_1"}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})
