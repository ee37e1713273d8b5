from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from holdfast.client.retries import (
    ATTEMPTS,
    CEILING_S,
    LONGEST_WAIT_S,
    backoff_s,
    passes,
    persistently,
    retry_after_s,
)
from holdfast.client.waiting import Pause
from holdfast.errors import Interrupted, Unreachable


class Line:
    """Answers with these, one a call; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self) -> httpx.Response:
        self.calls += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def broken() -> httpx.ConnectError:
    return httpx.ConnectError(
        "refused", request=httpx.Request("GET", "https://store.test/secret?signature=1")
    )


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_by_itself_is_sent_again(status: int, waits: list[float]) -> None:
    line = Line(httpx.Response(status), broken(), httpx.Response(200))
    assert persistently(line, pause=Pause(), again=passes).status_code == 200
    assert len(waits) == 2


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 403, 404, 409, 412, 422])
def test_a_clear_answer_is_not_asked_for_again(status: int) -> None:
    line = Line(httpx.Response(status))
    assert persistently(line, pause=Pause(), again=passes).status_code == status
    assert line.calls == 1


def test_attempts_are_bounded_and_the_last_answer_stands(waits: list[float]) -> None:
    line = Line(*[httpx.Response(503)] * ATTEMPTS)
    assert persistently(line, pause=Pause(), again=passes).status_code == 503
    assert (line.calls, len(waits)) == (ATTEMPTS, ATTEMPTS - 1)


def test_silence_to_the_end_is_unreachable_and_tells_the_host_but_not_the_signed_address() -> None:
    with pytest.raises(Unreachable) as raised:
        persistently(Line(*[broken()] * ATTEMPTS), pause=Pause(), again=passes)
    assert "store.test" in raised.value.message
    assert "signature" not in str(raised.value)


def test_waits_are_random_below_a_ceiling_that_doubles() -> None:
    for attempt, ceiling in [(0, 0.25), (1, 0.5), (3, 2.0), (20, CEILING_S)]:
        waits_s = [backoff_s(attempt) for _ in range(200)]
        assert 0 <= min(waits_s) < ceiling / 4
        assert ceiling * 3 / 4 < max(waits_s) <= ceiling


def test_retry_after_is_the_least_wait(waits: list[float]) -> None:
    line = Line(httpx.Response(503, headers={"retry-after": "7"}), httpx.Response(200))
    persistently(line, pause=Pause(), again=passes)
    assert waits == [7.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("999999", LONGEST_WAIT_S), ("٣", 0.0)],
)
def test_retry_after_is_read_with_care(value: str, seconds: float) -> None:
    assert retry_after_s(httpx.Response(503, headers={b"retry-after": value.encode()})) == seconds


def test_retry_after_may_be_a_date() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after_s(httpx.Response(503, headers={"retry-after": moment})) <= 60


def test_a_stop_ends_the_attempts() -> None:
    pause = Pause()
    pause.stop()
    line = Line(httpx.Response(503), httpx.Response(200))
    with pytest.raises(Interrupted):
        persistently(line, pause=pause, again=passes)
    assert line.calls == 1
