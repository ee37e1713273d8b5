"""A deployment and those who ask it: over API Gateway, and nothing of its insides."""

import threading
from collections.abc import Mapping
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

import httpx

from infra.local.engine import Engine
from tests.support.factories import WORKSPACE, make_token

TIMEOUT_S = 60
POLLS = 240
POLL_S = 0.25


class Workspace:
    """One workspace as its owner asks for it."""

    def __init__(self, owner: httpx.Client) -> None:
        self.owner = owner

    def create(self, name: str, **fields: Any) -> str:
        """A new package; its id."""
        body = {"producer": "e2e", "kind": "junit", "name": name} | fields
        return str(answered(self.owner.post("/packages", json=body), 201)["id"])

    def plan(self, package_id: str, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """How to send the files."""
        answer = self.owner.post(f"/packages/{package_id}/uploads", json={"files": files})
        items: list[dict[str, Any]] = answered(answer)["items"]
        return items

    def finalized(self, name: str, files: Mapping[str, bytes], **fields: Any) -> dict[str, Any]:
        """A finalized package that holds `files`."""
        package_id = self.create(name, **fields)
        items = self.plan(package_id, [declare(path, body) for path, body in files.items()])
        for item, body in zip(items, files.values(), strict=True):
            assert send(item, body).status_code == 200
        return answered(self.owner.post(f"/packages/{package_id}/finalize", json={}))

    def completed(self, operation_id: str) -> dict[str, Any]:
        """The operation when it has ended, or as it is when that takes too long."""
        pause = threading.Event()
        operation: dict[str, Any] = {}
        for _ in range(POLLS):
            operation = self.owner.get(f"/operations/{operation_id}").json()
            if operation["status"] == "completed":
                break
            pause.wait(POLL_S)
        return operation


class Deployment:
    """What was deployed where; `anonymous` asks its API through API Gateway, and so does everyone."""

    def __init__(self, engine: Engine, outputs: dict[str, str], secret: str) -> None:
        self.engine, self.outputs = engine, outputs
        self._secret = secret
        self._clients: list[httpx.Client] = []
        self.anonymous = self.asked_by(None)
        self.home = self.workspace(WORKSPACE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()

    def token(self, **claims: Any) -> str:
        """A token of the primary issuer: the usual workspace's owner's unless its claims say otherwise."""
        return make_token(secret=self._secret, **claims)

    def asked_by(self, token: str | None, **headers: str) -> httpx.Client:
        """A client that sends `token`, where there is one, with every request."""
        host = f"{self.outputs['RestAPIId']}.execute-api.localhost:{self.engine.port}"
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        client = httpx.Client(
            base_url=f"{self.engine.url}/api", timeout=TIMEOUT_S, headers={"host": host, **bearer, **headers}
        )
        self._clients.append(client)
        return client

    def workspace(self, name: str) -> Workspace:
        """The workspace, asked for by an owner of it."""
        belongs = {name: {"role": "owner", "tenants": ["*"]}}
        return Workspace(self.asked_by(self.token(workspaces=belongs)))


def answered(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The JSON of an answer that has this status."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def declare(path: str, body: bytes) -> dict[str, Any]:
    """A file of an upload plan."""
    return {"path": path, "sha256": sha256(body).hexdigest(), "size": len(body)}


def send(instruction: Mapping[str, Any], body: bytes) -> httpx.Response:
    """Send bytes as an instruction says."""
    return httpx.request(
        instruction["method"], instruction["url"], headers=instruction["headers"], content=body
    )
