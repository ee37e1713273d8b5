"""GET /notifications: the asker's own notices, newest first."""

from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.operations.service.lifecycle import SYSTEM
from tests.support.api import Api
from tests.support.factories import make_member_token
from tests.support.operations.stages import ended, queued, running
from tests.support.problems import assert_problem
from tests.support.served import answered


def notices(api: Api, query: str = "") -> dict[str, Any]:
    """One page of notices."""
    found: dict[str, Any] = answered(api.get(f"/notifications{query}"))
    return found


def test_a_run_that_ended_is_told_once_with_what_came_of_it(api: Api) -> None:
    run = ended()
    running("pkg_2")
    (notice,) = notices(api)["items"]
    assert (notice["operation_id"], notice["type"], notice["outcome"]) == (run.id, run.type, "succeeded")
    assert notice["subject"] == {"kind": "package", "id": "pkg_1"}
    assert notice["reason"]["label"] == "Succeeded"


def test_a_run_that_is_cancelled_over_http_is_told_to_who_asked_for_it(api: Api) -> None:
    run = queued(user_id="grace")
    for _ in range(2):
        answered(api.post(f"/operations/{run.id}/cancel"))
    assert notices(api)["items"] == []
    grace = api.asked_by(make_member_token("viewer", sub="grace"))
    (notice,) = notices(grace)["items"]
    assert (notice["operation_id"], notice["reason"]["code"]) == (run.id, "run.cancelled")


def test_work_that_nobody_asked_for_is_told_to_nobody(api: Api) -> None:
    ended(user_id=SYSTEM)
    system = api.asked_by(make_member_token("owner", sub=SYSTEM))
    assert notices(api)["items"] == notices(system)["items"] == []


def test_notices_come_newest_first_page_by_page(api: Api) -> None:
    runs = [ended(f"pkg_{number}").id for number in range(3)]
    first = notices(api, "?limit=2")
    rest = notices(api, f"?limit=2&cursor={quote(first['next_cursor'])}")
    assert [notice["operation_id"] for page in (first, rest) for notice in page["items"]] == runs[::-1]
    assert rest["next_cursor"] is None


def test_a_position_in_ones_own_notices_is_none_in_anothers(api: Api) -> None:
    for number in range(2):
        ended(f"pkg_{number}")
    cursor = quote(notices(api, "?limit=1")["next_cursor"])
    refused = api.asked_by(make_member_token("owner", sub="grace")).get(f"/notifications?cursor={cursor}")
    assert (refused.status, refused.code) == (422, "INVALID_CURSOR")


@pytest.mark.parametrize("query", ["limit=201", "limit=0", "limit=two", "cursor=edited", "outcome=failed"])
def test_a_query_that_breaks_a_rule_is_refused(api: Api, query: str) -> None:
    answer = api.get(f"/notifications?{query}")
    assert answer.status == 422
    assert_problem(answer.json, status=422)


def test_notices_of_another_workspace_are_not_shown(api: Api) -> None:
    ended(workspace="globex")
    assert notices(api)["items"] == []
