"""A small app with one route of each kind, served on a free port as the embedded stack serves ours."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from chalice.app import Blueprint, Chalice, CloudWatchEvent, Response, SQSEvent

from chalicelib.http.routes import capture
from infra.local.functions import Functions
from infra.local.gateway import Gateway
from infra.local.server import LocalServer

UPLOAD_LIMIT = 16 * 1024 * 1024
CONFIG = {
    "version": "2.0",
    "app_name": "small",
    "lambda_functions": {
        "api_handler": {"lambda_timeout": 29, "lambda_memory_size": 512},
        "worker": {"lambda_timeout": 7, "lambda_memory_size": 256},
        "ticker": {"lambda_timeout": 5, "lambda_memory_size": 128},
    },
    "stages": {"dev": {}},
}


class SmallApp:
    """The app, what its functions were called with, and a gate that holds `/slow` up."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.answer: Any = None
        self.asked_slowly = threading.Event()
        self.let_go = threading.Event()
        self.chalice = Chalice("small", configure_logs=False)
        self.chalice.register_middleware(capture, "http")
        self.chalice.register_blueprint(self._routes())
        self.chalice.register_blueprint(self._workers())

    def _routes(self) -> Blueprint:
        routes = Blueprint(__name__)

        @routes.route("/things/{name}", methods=["GET", "POST"], content_types=[])
        def thing(name: str) -> dict[str, Any]:
            request = routes.current_request
            return {"name": name, "bytes": len(request.raw_body), "query": dict(request.query_params or {})}

        @routes.route("/storage/objects", methods=["PUT"], content_types=[])
        def store() -> dict[str, int]:
            return {"bytes": len(routes.current_request.raw_body)}

        @routes.route("/octets", methods=["GET"])
        def octets() -> Response:
            headers: dict[str, Any] = {
                "Content-Type": "application/octet-stream",
                "Set-Cookie": ["a=1", "b=2"],
            }
            return Response(body=b"\x00\xff", headers=headers)

        @routes.route("/slow", methods=["GET"])
        def slow() -> dict[str, bool]:
            self.asked_slowly.set()
            return {"let_go": self.let_go.wait(20)}

        return routes

    def _workers(self) -> Blueprint:
        workers = Blueprint(__name__)

        @workers.on_sqs_message(queue="work", batch_size=10, name="worker")
        def worker(event: SQSEvent) -> Any:
            self.seen += [record.body for record in event]
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer(event) if callable(self.answer) else self.answer

        @workers.schedule("rate(2 hours)", name="ticker")
        def ticker(event: CloudWatchEvent) -> None:
            self.seen.append(event)
            if isinstance(self.answer, Exception):
                raise self.answer

        return workers


@pytest.fixture
def small_app() -> SmallApp:
    return SmallApp()


@pytest.fixture
def functions(small_app: SmallApp, tmp_path: Path) -> Functions:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(CONFIG))
    return Functions(small_app.chalice, tmp_path)


@pytest.fixture
def server(small_app: SmallApp, functions: Functions) -> Iterator[LocalServer]:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    serving = LocalServer(bound, Gateway(small_app.chalice, functions, upload_limit=UPLOAD_LIMIT))
    serving.start()
    yield serving
    small_app.let_go.set()
    serving.stop()


@pytest.fixture
def client(server: LocalServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", timeout=20) as asking:
        yield asking


@pytest.fixture
def send_raw(server: LocalServer) -> Callable[[bytes], bytes]:
    """Send bytes as they are and return everything that comes back until the server hangs up."""

    def send(request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=20) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    return send
