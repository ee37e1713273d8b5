"""A store that believes everything: it speaks enough S3 to be used, and enforces nothing at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

STORED_AT = "2026-03-14T15:09:26.000Z"


class CredulousStore(ThreadingHTTPServer):
    """Keeps what it is sent, by path; `puts` counts the uploads."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data_by_path: dict[str, bytes] = {}
        self.puts = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def credulous_store() -> Iterator[CredulousStore]:
    """One such store, while the block runs."""
    with CredulousStore() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CredulousStore

    def do_PUT(self) -> None:
        self.server.puts += 1
        self.server.data_by_path[self._path] = self.rfile.read(int(self.headers["content-length"]))
        self._answer(200)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "list-type" in query:
            self._answer(200, self._listing(query["prefix"][0], "ListBucketResult", "Contents"))
        elif "versions" in query:
            self._answer(200, self._listing(query["prefix"][0], "ListVersionsResult", "Version"))
        elif (data := self.server.data_by_path.get(self._path)) is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, data)

    do_HEAD = do_GET  # noqa: N815  likewise

    def do_DELETE(self) -> None:
        self.server.data_by_path.pop(self._path, None)
        self._answer(204)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Say nothing: the tests look at what is stored."""

    @property
    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _listing(self, prefix: str, whole: str, item: str) -> bytes:
        bucket = f"{self._path}/"
        keys = sorted(path.removeprefix(bucket) for path in self.server.data_by_path)
        items = "".join(
            f"<{item}><Key>{escape(key)}</Key><VersionId>null</VersionId><Size>0</Size>"
            f"<LastModified>{STORED_AT}</LastModified></{item}>"
            for key in keys
            if key.startswith(prefix)
        )
        return f"<{whole}><IsTruncated>false</IsTruncated>{items}</{whole}>".encode()

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Sat, 14 Mar 2026 15:09:26 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
