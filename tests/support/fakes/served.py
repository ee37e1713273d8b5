"""The fake service on a loopback port, for tests that run the program itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

from tests.support.fakes.api import FakeApi


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the fake and its answer back; a raised error is a line that breaks."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 5
    server: "Server"

    def answer(self) -> None:
        """One request."""
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        url = f"{self.server.url}{self.path}"
        request = httpx.Request(self.command, url, headers=dict(self.headers.items()), content=body)
        try:
            response = self.server.api.handle(request)
        except httpx.TransportError:
            self.close_connection = True
            return
        self.send_response(response.status_code)
        self.send_header("content-length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(response.content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  http.server finds them by these names

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  http.server's own name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Knows the fake that it serves, and where."""

    daemon_threads = True

    def __init__(self, api: FakeApi) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api = api
        self.url = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def served(api: FakeApi) -> Iterator[str]:
    """The address of `api` and its store, for the length of the block."""
    with Server(api) as server:
        api.store.base = f"{server.url}/store"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()
