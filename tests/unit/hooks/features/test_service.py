"""Rows, page after page, each leading to what made it; and nobody sees what is not theirs."""

from typing import Any

import pytest

from chalicelib.hooks.models.feature import MAX_ANSWER_BYTES, ROWS_A_PAGE
from tests.support.hooks.rig import (
    HOOKS,
    ROWS,
    Code,
    convention,
    ends,
    finalized,
    leaves,
    perform,
    release,
    rows_of,
    run_of,
    runs_of,
    work_all,
)
from tests.support.served import Served, answered
from tests.support.wire import counting

FEATURE = "/features/suites"


@pytest.fixture
def package_id(served: Served) -> str:
    """A package on which one hook ran and left two rows."""
    convention(served, config={"depth": 2}, source_ref="git:0123abc")
    made = finalized(served)
    work_all(served)
    return made


def test_one_get_leads_from_a_row_to_everything_that_made_it(served: Served, package_id: str) -> None:
    run = run_of(served, package_id)
    package = served.show(package_id)
    with counting() as requests:
        row = answered(served.api.get(f"{FEATURE}?package_id={package_id}&provenance=true"))["items"][0]
    assert (row["run_id"], row["hook"], row["version"]) == (run["id"], "one", 1)
    assert (row["digest"], row["config"], row["source_ref"]) == (run["digest"], {"depth": 2}, "git:0123abc")
    assert (row["package_id"], row["manifest_digest"]) == (package_id, package["manifest_digest"])
    assert (row["index"], row["data"], row["feature"]) == (0, ROWS[0], "suites")
    assert (row["operation_id"], row["output_digest"]) == (run["operation_id"], run["output_digest"])
    assert requests == {"Query": 2, "BatchGetItem": 2}


def test_a_row_without_provenance_leads_to_its_run(served: Served, package_id: str) -> None:
    rows = answered(served.api.get(f"{FEATURE}?package_id={package_id}"))["items"]
    assert [set(row) for row in rows] == [{"feature", "package_id", "run_id", "index", "data"}] * 2


def test_rows_made_earlier_keep_their_provenance_after_a_rollback(served: Served, package_id: str) -> None:
    release(served, config={"depth": 3})
    answered(served.api.request("PUT", "/hooks/one/live", body={"version": 1}))
    later = finalized(served)
    work_all(served)
    rows = served.pages(f"{FEATURE}?provenance=true")
    assert [(row["package_id"], row["version"]) for row in rows] == [(package_id, 1)] * 2 + [(later, 1)] * 2


@pytest.mark.parametrize("limit", [1, 7, ROWS_A_PAGE - 1, ROWS_A_PAGE])
def test_many_rows_come_in_order_page_after_page(served: Served, limit: int) -> None:
    convention(served)
    package_id = finalized(served)
    count = 2 * ROWS_A_PAGE + 9 if limit > 1 else 9
    work_all(served, leaves([{"suite": f"{number}", "tests": number} for number in range(count)]))
    run_id = runs_of(served, package_id)[0]["id"]
    for query in (f"?run_id={run_id}", f"?package_id={package_id}", "?"):
        rows = served.pages(f"{FEATURE}{query}", limit=limit)
        assert [(row["index"], row["data"]["tests"]) for row in rows] == [(at, at) for at in range(count)]


def test_rows_of_many_packages_come_oldest_run_first(served: Served) -> None:
    convention(served)
    packages = [finalized(served) for _ in range(15)]
    work_all(served)
    rows = served.pages(FEATURE, limit=4)
    assert [row["package_id"] for row in rows] == [made for made in packages for _ in ROWS]


def test_rows_show_when_their_run_has_ended_well(served: Served) -> None:
    convention(served, "one", "two")
    package_id = finalized(served)
    first, second = served.messages(HOOKS)
    assert rows_of(served, runs_of(served, package_id)[0]["id"]) == []
    perform(first, code=Code(leaves(status="rejected", reason="no")))
    perform(second, code=Code(ends(exit_code=1)))
    statuses = {run["id"]: run["status"] for run in runs_of(served, package_id)}
    assert sorted(statuses.values()) == ["failed", "rejected"]
    rows = served.pages(f"{FEATURE}?package_id={package_id}")
    assert {statuses[row["run_id"]] for row in rows} == {"rejected"}
    assert served.pages(FEATURE) == rows


def test_an_answer_stays_as_small_as_a_gateway_lets_through(served: Served) -> None:
    convention(served)
    package_id = finalized(served)
    work_all(served, leaves([{"suite": "s" * 60_000} for _ in range(100)]))
    answer = served.api.get(f"{FEATURE}?package_id={package_id}&limit=200")
    assert len(answer.body) < 1.2 * MAX_ANSWER_BYTES
    assert answer.json["next_cursor"] is not None
    assert len(served.pages(f"{FEATURE}?package_id={package_id}")) == 100


@pytest.mark.usefixtures("package_id")
@pytest.mark.parametrize(
    "target",
    [
        "/features/unheard-of",
        "/features/suites%23run_1",
        f"{FEATURE}?package_id=pkg_1",
        f"{FEATURE}?run_id=run_1",
        f"{FEATURE}?run_id=pkg_1",
    ],
)
def test_what_is_not_there_is_not_found(served: Served, target: str) -> None:
    assert served.api.get(target).status == 404


def test_a_run_of_another_feature_or_package_is_not_found(served: Served, package_id: str) -> None:
    other = finalized(served)
    run_id = runs_of(served, package_id)[0]["id"]
    assert served.api.get(f"/features/cases?run_id={run_id}").status == 404
    assert served.api.get(f"{FEATURE}?run_id={run_id}&package_id={other}").status == 404
    assert served.api.get(f"{FEATURE}?run_id={run_id}&package_id={package_id}").status == 200


def test_a_feature_without_rows_is_empty(served: Served) -> None:
    convention(served)
    assert answered(served.api.get(FEATURE)) == {"items": [], "next_cursor": None}


def test_rows_of_another_tenant_are_not_there(served: Served) -> None:
    convention(served)
    red, blue = (finalized(served, subject={"tenant": name}) for name in ("red", "blue"))
    work_all(served)
    member: Any = served.api.asked_by(served.token(role="viewer", tenants=("red",)))
    listed = answered(member.get(FEATURE))["items"]
    assert {row["package_id"] for row in listed} == {red}
    hidden = runs_of(served, blue)[0]["id"]
    assert member.get(f"{FEATURE}?package_id={blue}").status == 404
    assert member.get(f"{FEATURE}?run_id={hidden}").status == 404
    assert answered(served.api.asked_by(served.token_of("elsewhere")).get(FEATURE), 404)


def test_a_cursor_belongs_to_its_query(served: Served, package_id: str) -> None:
    cursor = answered(served.api.get(f"{FEATURE}?limit=1"))["next_cursor"]
    assert served.api.get(f"{FEATURE}?limit=1&cursor={cursor}").status == 200
    refused = served.api.get(f"{FEATURE}?limit=1&package_id={package_id}&cursor={cursor}")
    assert (refused.status, refused.code) == (422, "INVALID_CURSOR")
