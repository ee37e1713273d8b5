"""A small threaded HTTP/1.1 server around the gateway: keep-alive, one log line a request, clean stop.

`chalice local` serves the same app at only 23 requests a second on a connection that is kept alive, because
it leaves Nagle's algorithm on.
"""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any, cast

from infra.local.gateway import Call, Gateway, Reply, too_large, unreadable

HEADER_LIMIT_BYTES = 10_240  # API Gateway's
DISCARD_LIMIT_BYTES = 64 * 1024 * 1024
DISCARD_CHUNK_BYTES = 64 * 1024
IDLE_S = 75
DRAIN_S = 30.0

log = logging.getLogger("infra.local")


class LocalServer(ThreadingMixIn, HTTPServer):
    """A server of `gateway` on a socket that is bound already, with one thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bound: socket.socket, gateway: Gateway) -> None:
        super().__init__(bound.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.gateway = gateway
        self.stopping = False
        self._idle: set[socket.socket] = set()
        self._busy = 0
        self._changed = threading.Condition()
        self.server_activate()

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.1,), name="http", daemon=True).start()

    def stop(self) -> None:
        """Accept no more connections, close idle ones, and wait at most 30 s for requests under way."""
        self.stopping = True
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._idle:
                with suppress(OSError):  # the client may have closed the connection already
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._busy, DRAIN_S)

    @contextmanager
    def connected(self, connection: socket.socket) -> Iterator[None]:
        """Note `connection` as open and idle for the length of the block."""
        with self._changed:
            self._idle.add(connection)
        try:
            yield
        finally:
            with self._changed:
                self._idle.discard(connection)

    @contextmanager
    def working(self, connection: socket.socket) -> Iterator[None]:
        """Note that a request is under way on `connection` for the length of the block."""
        with self._changed:
            self._idle.discard(connection)
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._idle.add(connection)
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  socketserver's signature
        """Log the error of a connection on level debug; a client that hangs up is not worth more."""
        log.debug("a connection from %s ended early", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S

    def handle(self) -> None:
        with self._server.connected(self.connection):
            super().handle()

    def serve_request(self) -> None:
        began = time.monotonic()
        with self._server.working(self.connection):
            reply = self._refusal() or self._answer()
            self.close_connection = self.close_connection or self._server.stopping
            self._send(reply)
            took_ms = (time.monotonic() - began) * 1000
            # signed URLs carry their proof in the query: it stays out of the log
            log.info("%s %s %d %.0f ms", self.command, self.path.partition("?")[0], reply.status, took_ms)

    do_GET = do_HEAD = do_POST = do_PUT = serve_request  # noqa: N815  http.server looks for these names
    do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = serve_request  # noqa: N815  likewise

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the HTTP parser refuses with a problem document instead of HTML."""
        status = HTTPStatus(code)
        self.close_connection = True
        self._send(unreadable(status, f"{explain or message or status.phrase}."))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  http.server's signature
        log.debug(format, *args)

    @property
    def _server(self) -> LocalServer:
        return cast(LocalServer, self.server)

    def _refusal(self) -> Reply | None:
        size = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        if size > HEADER_LIMIT_BYTES:
            return self._closing(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The headers have {size} bytes; at most {HEADER_LIMIT_BYTES} are read",
            )
        if "transfer-encoding" in self.headers:
            return self._closing(
                HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length; chunked bodies are not read"
            )
        declared = self.headers.get("content-length", "0")
        if not (declared.isascii() and declared.isdigit()):
            return self._closing(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        return self._over_limit(int(declared))

    def _over_limit(self, length: int) -> Reply | None:
        limit = self._server.gateway.body_limit(self.path)
        if length <= limit:
            return None
        self._discard(length)
        return too_large(length, limit, self._headers())

    def _closing(self, status: HTTPStatus, message: str) -> Reply:
        self.close_connection = True
        return unreadable(status, f"{message}.")

    def _discard(self, length: int) -> None:
        # a client that is still sending would meet a reset instead of our answer
        self.close_connection = self.close_connection or length > DISCARD_LIMIT_BYTES
        left = min(length, DISCARD_LIMIT_BYTES)
        while left and (chunk := self.rfile.read(min(left, DISCARD_CHUNK_BYTES))):
            left -= len(chunk)

    def _answer(self) -> Reply:
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            return self._closing(HTTPStatus.BAD_REQUEST, "The body ended before its Content-Length")
        return self._server.gateway.answer(Call(self.command, self.path, self._headers(), body))

    def _headers(self) -> dict[str, str]:
        return {name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers}

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("Date", self.date_time_string())
        for name, value in reply.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        bodiless = reply.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        if not bodiless:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(reply.body)
