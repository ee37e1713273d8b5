import httpx
import pytest

from holdfast.client.transport import Transport, api_url, store_code, store_request
from holdfast.client.waiting import Pause
from holdfast.errors import ApiError, InputError, UnexpectedAnswer
from holdfast.sdk import Client
from tests.support.fakes.api import TOKEN, URL, FakeApi, problem


@pytest.mark.parametrize(
    "given",
    ["https://h.test", "https://h.test/", "https://h.test/api", "https://h.test/api/", " https://h.test "],
)
def test_an_address_is_good_with_and_without_api(given: str) -> None:
    assert api_url(given) == "https://h.test/api"


def test_a_path_before_api_is_kept() -> None:
    assert api_url("https://h.test/stage/holdfast") == "https://h.test/stage/holdfast/api"


@pytest.mark.parametrize("given", ["h.test", "ftp://h.test", ""])
def test_what_is_no_http_address_is_refused(given: str) -> None:
    with pytest.raises(InputError, match="INVALID_URL"):
        api_url(given)


def test_an_error_carries_what_the_service_said(client: Client) -> None:
    with pytest.raises(ApiError) as raised:
        client.packages.get("pkg_none")
    error = raised.value
    assert (error.status, error.code, error.request_id) == (404, "NOT_FOUND", "req_1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"details": 3}', b""])
def test_an_error_that_is_no_problem_document_is_an_error_all_the_same(
    api: FakeApi, client: Client, body: bytes
) -> None:
    api.interceptors.append(lambda _: httpx.Response(418, content=body))
    with pytest.raises(ApiError) as raised:
        client.packages.get("pkg_1")
    assert (raised.value.code, raised.value.details) == ("HTTP_418", {})


def test_the_token_and_the_workspace_travel_in_headers(api: FakeApi) -> None:
    with Client(URL, TOKEN, "qa", http=api.client()) as client:
        client.health()
    headers = api.requests[0].headers
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["holdfast-workspace"] == "qa"


def test_the_token_is_in_no_repr_and_no_error(api: FakeApi) -> None:
    with Client(URL, "wrong.secret.token", http=api.client()) as client:
        with pytest.raises(ApiError) as raised:
            client.health()
        shown = f"{client!r} {client.transport!r} {raised.value!r} {vars(raised.value)}"
    assert "wrong.secret.token" not in shown


def test_the_store_gets_exactly_the_headers_that_were_signed(api: FakeApi) -> None:
    seen: list[httpx.Request] = []

    def see(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    api.interceptors.append(see)
    transport = Transport(URL, TOKEN, workspace="qa", http=api.client())
    request = store_request("PUT", "https://store.test/a?signature=1", {"x-amz-signed": "1"}, b"four")
    transport.store(lambda: request, pause=Pause())
    assert dict(seen[0].headers) == {"host": "store.test", "x-amz-signed": "1", "content-length": "4"}


def test_an_empty_upload_says_so() -> None:
    assert store_request("PUT", "https://store.test/a", {}, b"").headers["content-length"] == "0"


@pytest.mark.parametrize("status", [408, 409, 500])
def test_the_store_is_asked_again_when_it_says_so(api: FakeApi, status: int) -> None:
    answers = [httpx.Response(status), httpx.Response(200)]
    api.interceptors.append(lambda _: answers.pop(0))
    transport = Transport(URL, TOKEN, workspace=None, http=api.client())
    answer = transport.store(lambda: store_request("PUT", "https://store.test/a", {}, b""), pause=Pause())
    assert answer.status_code == 200


def test_a_create_that_is_still_being_answered_is_waited_for(api: FakeApi, client: Client) -> None:
    busy = [problem(409, "IDEMPOTENCY_IN_PROGRESS", "Wait.")]
    api.interceptors.append(lambda _: busy.pop() if busy else None)
    assert client.packages.create(kind="junit", producer="nightly", name="n").id == "pkg_1"


def test_the_code_of_a_store_is_found_in_its_xml() -> None:
    assert store_code(httpx.Response(400, text="<Error><Code>BadDigest</Code></Error>")) == "BadDigest"
    assert store_code(httpx.Response(400, text="no xml")) == ""


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"{}", b"[]"])
def test_somebody_else_who_answers_is_not_taken_for_the_service(
    api: FakeApi, client: Client, body: bytes
) -> None:
    api.interceptors.append(lambda _: httpx.Response(200, content=body))
    for ask in (lambda: client.packages.get("pkg_1"), lambda: list(client.packages.list())):
        with pytest.raises(UnexpectedAnswer) as raised:
            ask()
        assert "Check the URL" in raised.value.next_step


def test_somebody_else_is_not_healthy(api: FakeApi, client: Client) -> None:
    api.interceptors.append(lambda _: httpx.Response(200, content=b"<html>"))
    with pytest.raises(UnexpectedAnswer):
        client.health()
