"""The blast radius of a release, and the rerun that touches nothing else."""

from typing import Any

import pytest

from tests.support.hooks.races import at_once
from tests.support.hooks.rig import (
    HOOKS,
    convention,
    ends,
    finalized,
    leaves,
    release,
    run_of,
    runs_of,
    work_all,
)
from tests.support.served import Served, answered
from tests.support.wire import counting

FIRST = "/hooks/one/releases/1"


@pytest.fixture
def five(served: Served) -> list[str]:
    """Packages that release 1 ran on; release 2 is live by now."""
    convention(served)
    made = [finalized(served) for _ in range(5)]
    work_all(served)
    release(served, config={"depth": 2})
    return made


def rerun(served: Served, target: str = FIRST, **body: Any) -> Any:
    """Ask for one page of a rerun."""
    return answered(served.api.post(f"{target}/rerun", body), 202)


def test_impact_tells_runs_packages_features_and_rows(served: Served, five: list[str]) -> None:
    impact = answered(served.api.get(f"{FIRST}/impact"))
    assert (impact["hook"], impact["version"], impact["live_version"]) == ("one", 1, 2)
    assert impact["feature"] == "suites"
    totals = impact["totals"]
    assert (totals["runs"], totals["packages"], totals["rows"], totals["complete"]) == (5, 5, 10, True)
    assert totals["by_status"]["succeeded"] == 5
    assert [item["package_id"] for item in impact["items"]] == five[::-1]
    assert {item["row_count"] for item in impact["items"]} == {2}
    assert answered(served.api.get("/hooks/one/releases/2/impact"))["totals"]["runs"] == 0


def test_impact_comes_in_pages_and_totals_once(served: Served, five: list[str]) -> None:
    first = answered(served.api.get(f"{FIRST}/impact?limit=2"))
    second = answered(served.api.get(f"{FIRST}/impact?limit=2&cursor={first['next_cursor']}"))
    assert (first["totals"]["runs"], second["totals"]) == (5, None)
    items = served.pages(f"{FIRST}/impact", limit=2)
    assert [item["package_id"] for item in items] == five[::-1]


def test_a_rerun_queues_the_live_release_on_those_packages_only(served: Served, five: list[str]) -> None:
    other = finalized(served)
    work_all(served)
    done = rerun(served)
    assert (done["version"], done["live_version"], done["next_cursor"]) == (1, 2, None)
    assert {queued["package_id"] for queued in done["queued"]} == set(five)
    code = work_all(served)
    assert [job.release.version for job in code.jobs] == [2] * 5
    assert {run_of(served, package_id)["version"] for package_id in five} == {2}
    assert len(runs_of(served, other)) == 1
    assert {len(runs_of(served, package_id)) for package_id in five} == {2}


def test_a_rerun_goes_on_page_by_page_with_the_release_that_was_live(served: Served, five: list[str]) -> None:
    first = rerun(served, limit=2)
    answered(served.api.request("PUT", "/hooks/one/live", body={"version": 1}))
    second = rerun(served, limit=2, cursor=first["next_cursor"])
    third = rerun(served, limit=2, cursor=second["next_cursor"])
    pages = [first, second, third]
    assert [page["live_version"] for page in pages] == [2, 2, 2]
    assert {queued["package_id"] for page in pages for queued in page["queued"]} == set(five)
    assert {job.release.version for job in work_all(served).jobs} == {2}


@pytest.mark.usefixtures("five")
def test_a_rerun_that_is_sent_again_queues_nothing_again(served: Served) -> None:
    queued = rerun(served)["queued"]
    while_queued = rerun(served)
    work_all(served)
    when_done = rerun(served)
    for again in (while_queued, when_done):
        assert again["queued"] == []
        assert {left["reason"] for left in again["left_out"]} == {"rerun_already"}
        assert {left["run_id"] for left in again["left_out"]} == {run["run_id"] for run in queued}


@pytest.mark.usefixtures("five")
def test_reruns_at_once_queue_each_package_once(served: Served) -> None:
    done = at_once(lambda _: rerun(served), writers=4)
    queued = [run["package_id"] for page in done for run in page["queued"]]
    assert (len(queued), len(set(queued))) == (5, 5)
    assert len(served.messages(HOOKS)) == 5


def test_a_rerun_that_failed_is_tried_anew(served: Served, five: list[str]) -> None:
    rerun(served)
    work_all(served, ends(exit_code=1))
    assert {run_of(served, package_id)["status"] for package_id in five} == {"failed"}
    assert len(rerun(served)["queued"]) == 5
    work_all(served)
    assert {run_of(served, package_id)["status"] for package_id in five} == {"succeeded"}


def test_a_rerun_of_the_live_release_runs_where_it_failed_only(served: Served) -> None:
    convention(served)
    well, badly = finalized(served), None
    work_all(served)
    badly = finalized(served)
    work_all(served, ends(exit_code=1))
    done = rerun(served)
    assert [queued["package_id"] for queued in done["queued"]] == [badly]
    assert [(left["package_id"], left["reason"]) for left in done["left_out"]] == [(well, "run_well")]


def test_without_a_live_release_there_is_nothing_to_rerun_with(served: Served) -> None:
    release(served, activate=False)
    refused = answered(served.api.post(f"{FIRST}/rerun", {}), 409)
    assert refused["code"] == "HOOK_NOT_LIVE"


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    "target", ["/hooks/two/releases/1", "/hooks/one/releases/3", "/hooks/one/releases/x"]
)
def test_what_is_not_there_is_not_found(served: Served, target: str) -> None:
    assert served.api.get(f"{target}/impact").status == 404
    assert served.api.post(f"{target}/rerun", {}).status == 404


@pytest.mark.usefixtures("five")
def test_who_may_not_write_hooks_may_look(served: Served) -> None:
    operator = served.api.asked_by(served.token(role="operator"))
    assert operator.get(f"{FIRST}/impact").status == 200
    assert operator.post(f"{FIRST}/rerun", {}).status == 403


def test_packages_of_another_tenant_are_neither_told_nor_run_on(served: Served) -> None:
    convention(served)
    red, blue = (finalized(served, subject={"tenant": name}) for name in ("red", "blue"))
    work_all(served)
    release(served, config={"depth": 2})
    member: Any = served.api.asked_by(served.token(role="manager", tenants=("red",)))
    impact = answered(member.get(f"{FIRST}/impact"))
    assert [item["package_id"] for item in impact["items"]] == [red]
    assert impact["totals"]["runs"] == 1
    done = answered(member.post(f"{FIRST}/rerun", {}), 202)
    assert [queued["package_id"] for queued in done["queued"]] == [red]
    assert len(runs_of(served, blue)) == 1


@pytest.mark.long
def test_ten_thousand_rows_over_a_hundred_packages_are_told_in_a_few_requests(served: Served) -> None:
    convention(served)
    for _ in range(100):
        finalized(served)
    work_all(served, leaves([{"suite": f"suite {number}", "tests": number} for number in range(100)]))
    with counting() as requests:
        impact = answered(served.api.get(f"{FIRST}/impact?limit=100"))
    totals = impact["totals"]
    assert (totals["runs"], totals["packages"], totals["rows"]) == (100, 100, 10_000)
    assert len(impact["items"]) == 100
    assert requests == {"Query": 2, "BatchGetItem": 2}
