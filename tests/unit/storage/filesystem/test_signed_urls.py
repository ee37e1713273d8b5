from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import Unauthenticated
from chalicelib.storage.filesystem.signed_urls import expiry, signed_url, verify
from tests.conftest import Configure
from tests.support.factories import MOMENT

PARAMETERS = {"key": "main/a b", "size": "4"}


@pytest.fixture(autouse=True)
def _settings(configure: Configure) -> None:
    configure()


def query(method: str = "PUT", lifetime_s: int = 60) -> dict[str, str]:
    url = signed_url("http://holdfast.test/api", method, PARAMETERS, expiry(lifetime_s))
    return dict(parse_qsl(urlsplit(url).query))


def test_a_url_is_good_for_what_it_was_signed_for() -> None:
    with clock.freeze(MOMENT):
        allowed = verify("PUT", query())

    assert {name: allowed[name] for name in PARAMETERS} == PARAMETERS
    assert "signature" not in allowed


@pytest.mark.parametrize("base", ["http://holdfast.test/api", "http://holdfast.test/api/"])
def test_a_url_starts_where_clients_reach_the_service(base: str) -> None:
    url = signed_url(base, "PUT", PARAMETERS, expiry(60))

    assert url.startswith("http://holdfast.test/api/storage/objects?key=main%2Fa+b&")


def test_a_url_is_good_until_its_last_second_and_not_longer() -> None:
    with clock.freeze(MOMENT):
        parameters = query(lifetime_s=60)
        end = expiry(60)

    with clock.freeze(end - timedelta(microseconds=1)):
        assert verify("PUT", parameters)
    with clock.freeze(end), pytest.raises(Unauthenticated):
        verify("PUT", parameters)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "main/other"},
        {"size": "5"},
        {"expires": "9999999999"},
        {"part": "1"},
        {"signature": ""},
        {"signature": "é"},
        {"key": "\ud800"},
        {"signature": "\ud800"},
    ],
)
def test_a_changed_url_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated, match="SIGNED_URL_REFUSED"):
        verify("PUT", query() | change)


@pytest.mark.parametrize("name", ["key", "size", "expires", "signature"])
def test_a_url_that_lacks_something_is_refused(name: str) -> None:
    parameters = query()
    del parameters[name]

    with pytest.raises(Unauthenticated):
        verify("PUT", parameters)


def test_a_url_to_fetch_does_not_store() -> None:
    with pytest.raises(Unauthenticated):
        verify("PUT", query(method="GET"))


def test_another_secret_signs_other_urls(configure: Configure) -> None:
    parameters = query()

    configure(jwt_secret="another secret of more than thirty-two bytes")

    with pytest.raises(Unauthenticated):
        verify("PUT", parameters)
