"""The store's end of the fake service: create-only objects bound to their digest, parts, and downloads."""

import hashlib
from dataclasses import dataclass, field

import httpx


@dataclass
class FakeStore:
    """Objects by key (a digest, or `multipart/N`), parts by key and number; counts what it is asked."""

    base: str = "https://store.test"
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    puts: list[httpx.Request] = field(default_factory=list)
    generation: int = 0
    expired: set[int] = field(default_factory=set)

    def put_url(self, key: str) -> str:
        """Where an object is to be sent; good until its generation is in `expired`."""
        return f"{self.base}/{key}?generation={self.generation}"

    def part_url(self, key: str, number: int) -> str:
        """Where a part is to be sent."""
        return f"{self.base}/{key}?part={number}&generation={self.generation}"

    def get_url(self, key: str) -> str:
        """Where an object can be fetched."""
        return f"{self.base}/{key}"

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The store's answer."""
        key = request.url.path.removeprefix(httpx.URL(self.base).path).lstrip("/")
        if request.method == "GET":
            found = self.objects.get(key)
            return httpx.Response(404) if found is None else httpx.Response(200, content=found)
        self.puts.append(request)
        if int(request.url.params["generation"]) in self.expired:
            return httpx.Response(403, text="<Error><Code>AccessDenied</Code></Error>")
        if "part" in request.url.params:
            self.parts.setdefault(key, {})[int(request.url.params["part"])] = request.content
            return httpx.Response(200)
        return self._keep(key, request)

    def joined(self, key: str) -> bytes | None:
        """The object, or its parts one after the other; None when neither is there."""
        if key in self.objects:
            return self.objects[key]
        parts = self.parts.get(key)
        return b"".join(parts[number] for number in sorted(parts)) if parts else None

    def _keep(self, key: str, request: httpx.Request) -> httpx.Response:
        if key in self.objects:
            return httpx.Response(412)
        declared = request.headers["x-amz-content-sha256"]
        if hashlib.sha256(request.content).hexdigest() != declared:
            code = "XAmzContentSHA256Mismatch"
            return httpx.Response(400, text=f"<Error><Code>{code}</Code></Error>")
        self.objects[key] = request.content
        return httpx.Response(200)
