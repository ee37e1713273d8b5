"""A way to the engine that a test can shut: whoever asks for one object then stands still."""

import select
import socket
import socketserver
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

CHUNK_BYTES = 65_536


class Gate:
    """Passes every byte on, until it is `shut`. `reached` is set when the first stands before it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.engine = ("127.0.0.1", 0)
        self._wanted: bytes | None = None
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.gate = self

    @property
    def url(self) -> str:
        """Where to ask instead of the engine."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def lead_to(self, engine_url: str) -> None:
        """From now on the engine is at `engine_url`."""
        url = httpx.URL(engine_url)
        self.engine = (url.host, url.port or 80)

    def shut(self, wanted: str) -> None:
        """Hold whoever asks for the object whose key has `wanted` in it, for as long as they live."""
        self._wanted = wanted.encode()

    def holds(self, sent: bytes) -> bool:
        """Whether these bytes ask for what is held; notes that somebody did."""
        held = self._wanted is not None and sent.startswith(b"GET ") and self._wanted in sent
        if held:
            self.reached.set()
        return held

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    gate: Gate


class _Connection(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        # one end of a killed process hangs up without a farewell
        with suppress(ConnectionError), socket.create_connection(self.server.gate.engine) as engine:
            self._pass_on(engine)

    def _pass_on(self, engine: socket.socket) -> None:
        other_end = {self.request: engine, engine: self.request}
        while True:
            for ready in select.select(list(other_end), [], [])[0]:
                sent = ready.recv(CHUNK_BYTES)
                if not sent:
                    return
                if ready is self.request and self.server.gate.holds(sent):
                    self._wait_for_the_end()
                    return
                other_end[ready].sendall(sent)

    def _wait_for_the_end(self) -> None:
        while self.request.recv(CHUNK_BYTES):
            pass
