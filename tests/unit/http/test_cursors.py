"""A cursor is good for the query that it was given for, and for no other."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.http import cursors
from chalicelib.http.cursors import SIGNATURE_BYTES
from holdfast.api.codes import INVALID_CURSOR
from tests.conftest import Configure

QUERY = ["packages", "acme", {"kind": "junit"}]
POSITION = ["2026-03-14T15:09:26.535898Z", "pkg_1"]


def encoded(position: Any, query: Any = QUERY) -> str:
    """The cursor for a position, which is not None."""
    cursor = cursors.encode(position, query=query)
    assert cursor is not None
    return cursor


@pytest.fixture(autouse=True)
def _configured(configure: Configure) -> None:
    """Cursors are signed with a key of the service's secret."""
    configure()


@pytest.mark.parametrize("position", [POSITION, "größe/\U0001f600", 0, {"pk": {"S": "a#b"}}, None, []])
def test_a_position_comes_back_as_it_was(position: Any) -> None:
    assert cursors.decode(cursors.encode(position, query=QUERY), query=QUERY) == position


def test_a_cursor_tells_nothing_of_its_position() -> None:
    cursor = encoded({"pk": {"S": "main#acme#hook-runs#pkg_of_another_tenant"}})
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"tenant" not in raw


def test_a_cursor_is_the_same_for_the_same_position_and_query() -> None:
    assert cursors.encode(POSITION, query=QUERY) == cursors.encode(POSITION, query=QUERY)


def test_without_a_cursor_there_is_no_position() -> None:
    assert cursors.decode(None, query=QUERY) is None


def test_a_cursor_can_stand_in_a_url() -> None:
    cursor = encoded(["?" * number for number in range(40)])
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "query",
    [
        ["packages", "other", {"kind": "junit"}],
        ["packages", "acme", {"kind": "sbom"}],
        ["packages", "acme", {}],
        ["files", "acme", {"kind": "junit"}],
        [*QUERY, 1],
        None,
    ],
)
def test_a_cursor_of_another_query_is_refused(query: Any) -> None:
    refused(encoded(POSITION, query), query=QUERY)


def test_a_cursor_of_another_installation_is_refused(configure: Configure) -> None:
    cursor = encoded(POSITION)
    configure(jwt_secret="another secret that is quite as long as the first")
    refused(cursor, query=QUERY)


@given(st.data())
def test_a_cursor_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    cursor = encoded(POSITION)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    refused(base64.urlsafe_b64encode(raw).decode().rstrip("="), query=QUERY)


@given(st.text())
def test_what_we_never_gave_is_refused(cursor: str) -> None:
    refused(cursor, query=QUERY)


def test_a_position_without_its_signature_is_refused() -> None:
    body = json.dumps(POSITION).encode()
    for forged in (body, b"\0" * SIGNATURE_BYTES + body, b""):
        refused(base64.urlsafe_b64encode(forged).decode(), query=QUERY)


def refused(cursor: str, *, query: Any) -> None:
    """Expect that `cursor` is not taken for a cursor of `query`."""
    with pytest.raises(Invalid) as error:
        cursors.decode(cursor, query=query)
    assert error.value.code == INVALID_CURSOR
