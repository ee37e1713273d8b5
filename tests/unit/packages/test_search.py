"""GET /packages: newest first, filtered, page after page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from chalicelib.core import clock
from holdfast.api import moments
from tests.support.factories import MOMENT
from tests.support.served import Served, answered

HOUR = timedelta(hours=1)


@pytest.fixture
def made(served: Served) -> list[str]:
    """Six packages, an hour apart, oldest first: kinds and producers alternate."""
    return list(_made(served))


def _made(served: Served) -> Iterator[str]:
    served.declare("junit-run")
    for number in range(6):
        with clock.freeze(MOMENT + number * HOUR):
            yield served.create(
                kind=("junit", "sbom")[number % 2],
                producer=("nightly", "release", "manual")[number % 3],
                convention="junit-run" if number < 2 else None,
            )


def found(served: Served, **query: Any) -> list[str]:
    """The ids of a list, in its order."""
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return [package["id"] for package in served.pages(f"/packages?{asked}", limit=200)]


def test_packages_are_listed_newest_first(served: Served, made: list[str]) -> None:
    assert found(served) == made[::-1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "junit"}, [4, 2, 0]),
        ({"producer": "nightly"}, [3, 0]),
        ({"convention": "junit-run"}, [1, 0]),
        ({"status": "created"}, [5, 4, 3, 2, 1, 0]),
        ({"status": "finalized"}, []),
        ({"kind": "sbom", "producer": "nightly"}, [3]),
        ({"kind": "sbom", "producer": "release", "convention": "junit-run", "status": "created"}, [1]),
        ({"kind": "absent"}, []),
    ],
)
def test_each_filter_narrows_and_filters_add_up(
    served: Served, made: list[str], query: dict[str, str], expected: list[int]
) -> None:
    assert found(served, **query) == [made[number] for number in expected]


def test_a_status_filter_follows_what_happens(served: Served, made: list[str]) -> None:
    served.plan(made[2], {"a": b"x"})
    served.api.post(f"/packages/{made[4]}/fail", {"reason": "no run"})
    assert found(served, status="uploading") == [made[2]]
    assert found(served, status="failed") == [made[4]]


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (2, None, [5, 4, 3]),
        (None, 2, [1, 0]),
        (1, 4, [3, 2]),
        (-1, 6, [5, 4, 3, 2, 1, 0]),
        (2, 3, []),
        (2, 2, []),
        (4, 1, []),
    ],
)
def test_a_period_leaves_both_of_its_ends_out(
    served: Served, made: list[str], after: int | None, before: int | None, expected: list[int]
) -> None:
    def moment(number: int | None) -> str | None:
        return None if number is None else moments.rfc3339(MOMENT + number * HOUR)

    listed = found(served, created_after=moment(after), created_before=moment(before))
    assert listed == [made[number] for number in expected]


def test_a_period_may_be_told_in_any_zone(served: Served, made: list[str]) -> None:
    assert found(served, created_after="2026-03-14T21:09:26.535898+02:00") == made[:4:-1]


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "0999-01-01T00:00:00Z",
        "9000-01-01T00:00:00Z",
        "2026-03-14T15:09:26",
        "yesterday",
        "",
    ],
)
@pytest.mark.parametrize("end", ["created_after", "created_before"])
def test_a_moment_that_no_package_can_have_is_refused_by_name(served: Served, end: str, moment: str) -> None:
    answer = served.api.get(f"/packages?{end}={quote(moment)}")
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
    assert answer.json["details"]["errors"][0]["field"] == end


@pytest.mark.parametrize("moment", ["1970-01-01T00:00:00Z", "8999-12-31T23:59:59Z"])
def test_the_first_and_last_moments_are_asked_for_in_order(
    served: Served, made: list[str], moment: str
) -> None:
    inside = found(served, created_after=moment), found(served, created_before=moment)
    assert sorted(inside, key=len) == [[], made[::-1]]


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6, 7])
def test_pages_join_to_the_whole_list_without_gap_or_repetition(
    served: Served, made: list[str], limit: int
) -> None:
    assert [package["id"] for package in served.pages("/packages", limit=limit)] == made[::-1]


def test_pages_of_a_filtered_list_join_too(served: Served, made: list[str]) -> None:
    listed = [package["id"] for package in served.pages("/packages?kind=sbom", limit=1)]
    assert listed == [made[5], made[3], made[1]]


def test_what_is_created_while_a_list_is_read_moves_nothing(served: Served, made: list[str]) -> None:
    first = answered(served.api.get("/packages?limit=3"))
    with clock.freeze(MOMENT + 9 * HOUR):
        served.create()
    second = answered(served.api.get(f"/packages?limit=3&cursor={quote(first['next_cursor'])}"))
    assert [package["id"] for package in first["items"] + second["items"]] == made[::-1]


def test_packages_made_in_one_moment_are_all_listed(served: Served) -> None:
    with clock.freeze(MOMENT):
        together = {served.create() for _ in range(5)}
    listed = [package["id"] for package in served.pages("/packages", limit=2)]
    assert set(listed) == together
    assert len(listed) == 5


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5"])
def test_a_limit_is_1_to_200(served: Served, limit: str) -> None:
    answer = served.api.get(f"/packages?limit={limit}")
    assert (answer.status, answer.code) == (422, "INVALID_REQUEST")


def test_a_cursor_is_good_for_its_query_its_workspace_and_unchanged(served: Served, made: list[str]) -> None:
    assert made
    cursor = answered(served.api.get("/packages?kind=junit&limit=1"))["next_cursor"]
    stranger = served.api.asked_by(Served.token_of("elsewhere"))
    edited = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    answers = [
        served.api.get(f"/packages?kind=sbom&limit=1&cursor={cursor}"),
        served.api.get(f"/packages?limit=1&cursor={cursor}"),
        stranger.get(f"/packages?kind=junit&limit=1&cursor={cursor}"),
        served.api.get(f"/packages?kind=junit&limit=1&cursor={edited}"),
        served.api.get("/packages?kind=junit&limit=1&cursor=%F0%9F%98%80"),
        served.api.get("/packages?kind=junit&limit=1&cursor="),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(422, "INVALID_CURSOR")] * 6
    assert served.api.get(f"/packages?kind=junit&limit=2&cursor={cursor}").status == 200


def test_packages_of_other_tenants_are_left_out_of_lists(served: Served) -> None:
    by_tenant = {tenant: served.create(subject={"tenant": tenant}) for tenant in ("red", "blue")}
    shared = served.create()
    blue = served.api.asked_by(served.token(tenants=["blue"]))
    listed = [package["id"] for package in answered(blue.get("/packages"))["items"]]
    assert listed == [shared, by_tenant["blue"]]


def test_packages_of_other_workspaces_are_in_no_list(served: Served, made: list[str]) -> None:
    assert made
    stranger = served.api.asked_by(Served.token_of("elsewhere"))
    assert answered(stranger.get("/packages")) == {"items": [], "next_cursor": None}


def test_an_unknown_filter_is_refused_by_name(served: Served) -> None:
    answer = served.api.get("/packages?colour=red")
    assert answer.status == 422
    assert answer.json["details"]["errors"][0]["field"] == "colour"
