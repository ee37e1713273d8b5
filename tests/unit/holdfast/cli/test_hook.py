"""`holdfast hook …` and `holdfast convention …`, against the service itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import namespace
from tests.support.live import serving
from tests.support.served import Deployed
from tests.unit.holdfast.cli.conftest import Run
from tests.unit.holdfast.transfer.test_hook_folders import make_hook

CONVENTION = """
slug: junit-run
title: A JUnit run
metadata_schema: {type: object, required: [commit]}
required_files: ["**/*.xml"]
schema: {id: junit, version: 1, fields: [{name: suite, type: string}]}
hooks:
  - junit-summary
  - name: suites-by-function
    feature: suites
    contract: [{name: suite, type: string}]
    runtime: lambda
    digest: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    function_arn: "arn:aws:lambda:eu-central-1:123456789012:function:suites:7"
"""


@pytest.fixture(autouse=True)
def live(
    deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[None]:
    """The service, to which the environment points."""
    own = namespace(request)
    # the program's output is all that a test looks at, and the service shares this process
    with serving(deployed, tmp_path / "objects", namespace=own, log_level="CRITICAL") as service:
        monkeypatch.setenv("HOLDFAST_URL", service.url)
        monkeypatch.setenv("HOLDFAST_TOKEN", service.token)
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hook."""
    return make_hook(tmp_path / "junit-summary")


def printed(run: Run, *words: str) -> Any:
    """What a command that succeeds tells scripts."""
    ended = run(*words, "--json")
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_folder_is_deployed_once_however_often(run: Run, folder: Path) -> None:
    first = printed(run, "hook", "deploy", str(folder), "--source-ref", "git:abc")
    assert (first["version"], first["created"], first["live_version"], first["source_ref"]) == (
        1,
        True,
        1,
        "git:abc",
    )
    again = printed(run, "hook", "deploy", str(folder))
    assert (again["version"], again["created"], again["digest"]) == (1, False, first["digest"])
    (folder / "main.py").write_text("print(2)\n")
    shown = run("hook", "deploy", str(folder)).stdout
    assert shown.startswith("junit-summary version 2: released, live, bundle ")


def test_a_hook_is_listed_shown_and_rolled_back(run: Run, folder: Path) -> None:
    for number in (1, 2, 3):
        (folder / "main.py").write_text(f"print({number})\n")
        printed(run, "hook", "deploy", str(folder))
    assert run("hook", "list").stdout.splitlines()[1].split() == ["junit-summary", "suites", "3", "3"]
    assert [release["version"] for release in printed(run, "hook", "releases", "junit-summary")["items"]] == [
        3,
        2,
        1,
    ]
    assert len(run("hook", "releases", "junit-summary", "--limit", "2").stdout.splitlines()) == 3
    back = printed(run, "hook", "rollback", "junit-summary", "--reason", "counts twice")
    assert (back["live_version"], back["revision"]) == (2, 4)
    live = printed(run, "hook", "live", "junit-summary", "1", "--expected-revision", "4")
    assert live["live_version"] == 1
    rows = [line.split() for line in run("hook", "history", "junit-summary").stdout.splitlines()[1:]]
    assert [row[2:4] for row in rows] == [["none", "1"], ["1", "2"], ["2", "3"], ["3", "2"], ["2", "1"]]
    moves = printed(run, "hook", "history", "junit-summary")["items"]
    assert (moves[3]["from"], moves[3]["to"], moves[3]["reason"]) == (3, 2, "counts twice")
    shown = run("hook", "show", "junit-summary").stdout
    assert "live      1" in shown
    assert shown.splitlines()[-1].split() == ["suite", "string", "yes"]


def test_a_stale_revision_ends_with_2(run: Run, folder: Path) -> None:
    printed(run, "hook", "deploy", str(folder))
    ended = run("hook", "live", "junit-summary", "1", "--expected-revision", "7")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("STALE_REVISION: ")


def test_what_was_never_otherwise_cannot_be_rolled_back(run: Run, folder: Path) -> None:
    printed(run, "hook", "deploy", str(folder))
    ended = run("hook", "rollback", "junit-summary")
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "NOTHING_BEFORE")


def test_a_folder_that_breaks_a_rule_is_refused_before_anything_is_sent(run: Run, folder: Path) -> None:
    (folder / "hook.yaml").write_text("name: junit-summary\nlimits: {timeout_s: 1000}\n")
    ended = run("hook", "deploy", str(folder))
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "INVALID_REQUEST")
    assert "limits.timeout_s" in ended.stderr
    assert printed(run, "hook", "list")["items"] == []


def test_a_convention_is_deployed_shown_and_deleted(run: Run, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "junit-run.yaml"
    file.write_text(CONVENTION)
    ended = run("convention", "deploy", str(file))
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (2, "UNKNOWN_HOOK")
    printed(run, "hook", "deploy", str(folder))
    shown = run("convention", "deploy", str(file)).stdout.splitlines()
    assert shown[0] == "junit-run: created"
    assert shown[-1].split() == ["suites-by-function", "1", "released"]
    again = printed(run, "convention", "deploy", str(file))
    assert (again["created"], again["releases"][0]["created"], again["schema"]["version"]) == (
        False,
        False,
        "1",
    )
    assert "junit@1" in run("convention", "show", "junit-run").stdout
    assert printed(run, "convention", "show", "junit-run")["required_files"] == ["**/*.xml"]
    assert run("convention", "list").stdout.splitlines()[1].startswith("junit-run")
    assert [item["slug"] for item in printed(run, "convention", "list")["items"]] == ["junit-run"]
    assert printed(run, "convention", "delete", "junit-run") == {"deleted": "junit-run"}
    assert run("convention", "delete", "junit-run").stderr.startswith("NOT_FOUND: ")
