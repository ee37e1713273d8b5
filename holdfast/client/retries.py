"""Retries of requests: a bounded number, full jitter, and respect for `Retry-After`."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from holdfast.client.waiting import Pause
from holdfast.errors import Unreachable

ATTEMPTS = 6
BASE_S = 0.25
CEILING_S = 10.0
LONGEST_WAIT_S = 120.0
PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})


def persistently(
    send: Callable[[], httpx.Response], *, pause: Pause, again: Callable[[httpx.Response], bool]
) -> httpx.Response:
    """Return the answer of `send`. Call it again while the connection fails or `again(answer)` is true.

    After ATTEMPTS calls, return the last answer as it is. Raises `Unreachable` when there was no answer.
    Use this only for requests that may arrive twice without harm.
    """
    for attempt in range(ATTEMPTS - 1):
        wait_s = backoff_s(attempt)
        try:
            response = send()
        except httpx.TransportError:
            pause.wait(wait_s)
            continue
        if not again(response):
            return response
        response.close()
        pause.wait(max(wait_s, retry_after_s(response)))
    return _last(send)


def passes(response: httpx.Response) -> bool:
    """Return whether the problem is temporary: too many requests, or a fault of the server."""
    return response.status_code in PASSING_STATUSES


def backoff_s(attempt: int) -> float:
    """Return a random wait in seconds before attempt `attempt + 1`: from 0 to a ceiling that doubles."""
    ceiling = min(CEILING_S, BASE_S * float(2**attempt))
    return random.uniform(0, ceiling)  # noqa: S311  spreads load, guards nothing


def retry_after_s(response: httpx.Response) -> float:
    """Return the seconds that `Retry-After` demands (RFC 9110, 10.2.3), at most two minutes."""
    value = response.headers.get("retry-after", "")
    seconds = float(value) if value.isascii() and value.isdigit() else _seconds_until(value)
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


def _seconds_until(value: str) -> float:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _last(send: Callable[[], httpx.Response]) -> httpx.Response:
    try:
        return send()
    except httpx.TransportError as error:
        raise _unreachable(error) from error


def _unreachable(error: httpx.TransportError) -> Unreachable:
    # only the host is shown: the whole address may be presigned, and then it is a credential
    host = error.request.url.host
    return Unreachable(
        "UNREACHABLE",
        f"{host} does not answer ({type(error).__name__}, after {ATTEMPTS} attempts).",
        next_step="Check the address and the network, then try again.",
    )
