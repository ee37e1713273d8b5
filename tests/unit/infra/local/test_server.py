"""The HTTP server of the embedded stack, over real sockets."""

import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from infra.local.gateway import BODY_LIMIT_BYTES
from infra.local.server import HEADER_LIMIT_BYTES, LocalServer
from tests.unit.infra.local.conftest import UPLOAD_LIMIT, SmallApp

SendRaw = Callable[[bytes], bytes]
PROBLEM = "application/problem+json"


def test_the_app_answers_under_api_and_without_it(client: httpx.Client) -> None:
    assert client.get("/api/things/a").json() == client.get("/things/a").json()
    assert client.get("/things/a").headers["content-type"] == "application/json"


def test_a_connection_serves_many_requests(client: httpx.Client) -> None:
    ports = set()
    for _ in range(3):
        with client.stream("GET", "/things/a") as response:
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
            response.read()
    assert len(ports) == 1


def test_a_connection_waits_for_no_full_packet(server: LocalServer) -> None:
    assert server.RequestHandlerClass.disable_nagle_algorithm is True  # type: ignore[attr-defined]  # ours has it


def test_an_unknown_route_is_not_found_in_our_shape(client: httpx.Client) -> None:
    response = client.get("/api/nowhere", headers={"X-Request-Id": "mine"})
    assert response.status_code == 404
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["x-request-id"] == response.json()["request_id"] == "mine"
    assert response.json()["code"] == "NOT_FOUND"


def test_the_mount_ends_at_a_slash(client: httpx.Client) -> None:
    assert client.get("/apiary/things/a").status_code == 404
    assert client.get("/api").status_code == 404


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_the_route_has_not_is_refused_with_those_it_has(
    client: httpx.Client, method: str
) -> None:
    response = client.request(method, "/api/octets")
    assert response.status_code == 405
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["allow"] == "GET"


def test_head_answers_as_get_does_without_the_body(client: httpx.Client) -> None:
    response = client.head("/api/things/a")
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == len(client.get("/api/things/a").content)
    assert response.content == b""


def test_a_query_and_a_body_arrive(client: httpx.Client) -> None:
    answer = client.post("/things/a?x=1&x=2&y=%20", content=b"12345").json()
    assert answer == {"name": "a", "bytes": 5, "query": {"x": "2", "y": " "}}


def test_octets_come_back_as_they_are_with_every_header(client: httpx.Client) -> None:
    response = client.get("/octets", headers={"Accept": "application/octet-stream"})
    assert response.content == b"\x00\xff"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_octets_arrive_as_they_are(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    assert client.post("/things/a", content=b"\x00\xff\xfe", headers=headers).json()["bytes"] == 3


def test_a_body_over_api_gateways_limit_is_refused_and_the_connection_stays(client: httpx.Client) -> None:
    response = client.post("/things/a", content=b"x" * (BODY_LIMIT_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["code"] == "BODY_TOO_LARGE"
    assert client.get("/things/a").status_code == 200


def test_an_upload_of_a_file_may_be_larger(client: httpx.Client) -> None:
    size = BODY_LIMIT_BYTES + 1
    assert client.put("/api/storage/objects", content=b"x" * size).json() == {"bytes": size}
    assert client.put("/storage/objects", content=b"x" * (UPLOAD_LIMIT + 1)).status_code == 413


def test_headers_over_the_limit_are_refused(client: httpx.Client) -> None:
    response = client.get("/things/a", headers={"X-Long": "x" * HEADER_LIMIT_BYTES})
    assert response.status_code == 431
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["code"] == "REQUEST_HEADER_FIELDS_TOO_LARGE"


def test_a_chunked_body_is_refused(client: httpx.Client) -> None:
    assert client.post("/things/a", content=iter([b"part"])).status_code == 411


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /things/a HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /things/a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /things/a a HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_not_proper_http_is_a_bad_request_in_our_shape(
    send_raw: SendRaw, request_text: bytes
) -> None:
    answer = send_raw(request_text)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert PROBLEM.encode() in answer
    assert b"<html" not in answer.lower()


def test_every_request_leaves_one_line_without_its_query(
    server: LocalServer, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="infra.local"):
        client.get("/things/a?signature=secret")
        server.stop()  # the line comes after the answer
    lines = [record.getMessage() for record in caplog.records if record.name == "infra.local"]
    assert len(lines) == 1
    assert lines[0].startswith("GET /things/a 200 ")
    assert "secret" not in lines[0]


def test_a_clean_stop_lets_a_request_under_way_finish(
    server: LocalServer, client: httpx.Client, small_app: SmallApp
) -> None:
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(client.get, "/slow")
        assert small_app.asked_slowly.wait(20)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        small_app.let_go.set()
        assert answer.result(20).json() == {"let_go": True}
        stopping.join(20)
    assert not stopping.is_alive()


def test_a_stopped_server_takes_no_connection(server: LocalServer, client: httpx.Client) -> None:
    client.get("/things/a")
    server.stop()
    with pytest.raises(httpx.TransportError):
        client.get("/things/a")
    with socket.socket() as probe:
        assert probe.connect_ex(server.server_address[:2]) != 0
