"""`holdfast hook runs|logs|impact|rerun` and `holdfast features show`, against the service itself."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.conftest import namespace
from tests.support.factories import WORKSPACE
from tests.support.hooks.rig import HOOKS, convention, ends, finalized, release, work_all
from tests.support.live import serving
from tests.support.served import Deployed, Served
from tests.unit.holdfast.cli.conftest import Run


@pytest.fixture
def live(
    deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Served]:
    """The service, to which the environment points, as its workspace sees it."""
    own = namespace(request)
    with serving(deployed, tmp_path / "objects", namespace=own, log_level="CRITICAL") as service:
        monkeypatch.setenv("HOLDFAST_URL", service.url)
        monkeypatch.setenv("HOLDFAST_TOKEN", service.token)
        found = Served(WORKSPACE, deployed)
        found.messages(HOOKS)  # what other tests left behind
        yield found


@pytest.fixture
def package_id(live: Served) -> str:
    """A package on which a hook has run."""
    convention(live, source_ref="git:abc")
    made = finalized(live)
    work_all(live)
    return made


def printed(run: Run, *words: str) -> Any:
    """What a command that succeeds tells scripts."""
    ended = run(*words, "--json")
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout)


def test_runs_are_listed_and_one_shows_its_log(run: Run, package_id: str) -> None:
    listed = printed(run, "hook", "runs", "--package", package_id)["items"]
    assert [(found["hook"], found["status"], found["row_count"]) for found in listed] == [
        ("one", "succeeded", 2)
    ]
    assert "succeeded" in run("hook", "runs", "--hook", "one", "--version", "1").stdout
    assert printed(run, "hook", "runs", "--status", "failed")["items"] == []
    shown = run("hook", "logs", listed[0]["id"]).stdout
    assert "--- stdout\nread 2 files\n" in shown
    assert printed(run, "hook", "logs", listed[0]["id"])["log"]["stdout"] == "read 2 files\n"


def test_waiting_for_a_packages_runs_says_whether_all_succeeded(
    run: Run, live: Served, package_id: str
) -> None:
    assert run("hook", "runs", "--package", package_id, "--wait").exit_code == 0
    badly = finalized(live)
    work_all(live, ends(exit_code=3, reason="It ended with exit code 3."))
    waited = run("hook", "runs", "--package", badly, "--wait")
    assert (waited.exit_code, "HOOK_FAILED" in waited.stdout) == (1, True)
    assert run("hook", "runs", "--wait").exit_code == 2


def test_impact_and_rerun_reach_the_packages_of_a_release(run: Run, live: Served, package_id: str) -> None:
    release(live, config={"depth": 2})
    impact = printed(run, "hook", "impact", "one", "1")
    assert (impact["totals"]["rows"], impact["items"][0]["package_id"]) == (2, package_id)
    assert "1 run on 1 package made 2 rows; 1 succeeded" in run("hook", "impact", "one", "1").stdout
    done = printed(run, "hook", "rerun", "one", "1")
    assert [queued["package_id"] for queued in done["queued"]] == [package_id]
    assert "left out: rerun_already" in run("hook", "rerun", "one", "1").stdout


def test_a_rerun_that_is_waited_for_says_what_came_of_it(run: Run, live: Served, package_id: str) -> None:
    release(live, config={"depth": 2})
    over = Event()

    def finish_run() -> None:
        while not over.is_set():
            work_all(live)

    with ThreadPoolExecutor(max_workers=1) as pool:
        working = pool.submit(finish_run)
        try:
            waited = printed(run, "hook", "rerun", "one", "1", "--wait")
        finally:
            over.set()
        working.result()
    assert [(found["package_id"], found["status"]) for found in waited["queued"]] == [
        (package_id, "succeeded")
    ]


def test_features_are_shown_with_what_made_them(run: Run, package_id: str) -> None:
    rows = printed(run, "features", "show", "suites", "--package", package_id, "--provenance")["items"]
    assert [(row["hook"], row["version"], row["source_ref"]) for row in rows] == [("one", 1, "git:abc")] * 2
    shown = run("features", "show", "suites", "--limit", "1").stdout
    assert '{"suite":"api","tests":3}' in shown
    assert "git:abc" not in shown
    assert run("features", "show", "unheard-of").exit_code != 0
