import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.factories import make_certificate
from tests.support.fakes.api import FakeApi, problem
from tests.unit.holdfast.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("service")

Answering = Callable[..., None]


@pytest.fixture
def answering_service(api: FakeApi) -> Answering:
    """Make the service answer with a certificate that has these fields."""

    def answer(**fields: Any) -> None:
        made = make_certificate(**fields).model_dump(mode="json", by_alias=True)

        def intercept(request: httpx.Request) -> httpx.Response | None:
            if not request.url.path.endswith("/storage/certificate"):
                return None
            api.requests.append(request)
            return httpx.Response(201 if request.method == "POST" else 200, json=made)

        api.interceptors.append(intercept)

    return answer


def test_what_the_store_enforces_is_told_in_a_table(answering_service: Answering, run: Run) -> None:
    answering_service()

    ended = run("doctor")

    lines = ended.stdout.splitlines()
    assert ended.exit_code == 0
    assert any(line.split()[:3] == ["wrong-checksum-refused", "not", "enforced"] for line in lines)
    assert any(line.split()[:2] == ["wrong-payload-hash-refused", "enforced"] for line in lines)
    assert lines[-1] == "ok: the store enforces all protections that Holdfast needs"


def test_a_gap_and_what_was_left_behind_are_told_and_make_it_1(
    answering_service: Answering, run: Run
) -> None:
    answering_service(gaps=["The store keeps no locks."], left_behind=["main/.probe/canary_1/locks/held"])

    ended = run("doctor")

    assert ended.exit_code == 1
    assert ended.stdout.splitlines()[-2:] == [
        "left behind: main/.probe/canary_1/locks/held",
        "gap: The store keeps no locks.",
    ]


def test_json_is_the_certificate(answering_service: Answering, run: Run) -> None:
    answering_service()

    told = json.loads(run("doctor", "--json").stdout)

    assert told == make_certificate().model_dump(mode="json", by_alias=True)


def test_the_store_is_attacked_unless_the_kept_one_is_asked_for(
    answering_service: Answering, api: FakeApi, run: Run
) -> None:
    answering_service()

    run("doctor")
    run("doctor", "--kept")

    assert api.requested() == ["POST /storage/certificate", "GET /storage/certificate"]


@pytest.mark.parametrize("state", ["outdated", "altered"])
def test_a_certificate_that_is_not_current_is_not_good(
    answering_service: Answering, run: Run, state: str
) -> None:
    answering_service(state=state)

    ended = run("doctor", "--kept")

    assert ended.exit_code == 1
    assert state in ended.stdout


def test_before_the_first_there_is_nothing_to_show(api: FakeApi, run: Run) -> None:
    api.interceptors.append(lambda _: problem(404, "NOT_FOUND", "There is nothing here."))

    assert run("doctor", "--kept").exit_code == 2
