"""The embedded stack as its users start it: a process of its own, with our app."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.api.manifests import MAX_INLINE_FINALIZE_FILES
from holdfast.api.uploads import MAX_PLAN_FILES
from infra.local.stack import PROJECT, Stack

BODY = b"kept bytes"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the tests that only ask."""
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def ask(stack: Stack, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {stack.token}"}
    return httpx.request(method, f"{stack.url}/api{path}", json=body, headers=headers, timeout=30)


def make_package(stack: Stack) -> str:
    """A finalized package of one file; its id."""
    created = ask(stack, "POST", "/packages", {"producer": "tests", "kind": "junit", "name": "one"})
    package_id = str(created.json()["id"])
    declared = {"path": "a.txt", "sha256": sha256(BODY).hexdigest(), "size": len(BODY)}
    plan = ask(stack, "POST", f"/packages/{package_id}/uploads", {"files": [declared]}).json()["items"][0]
    sent = httpx.request(plan["method"], plan["url"], headers=plan["headers"], content=BODY, timeout=30)
    assert sent.is_success
    assert ask(stack, "POST", f"/packages/{package_id}/finalize", {}).status_code == 200
    return package_id


def download(stack: Stack, package_id: str) -> bytes:
    answer = ask(stack, "GET", f"/packages/{package_id}/download?path=a.txt&redirect=false")
    return httpx.get(answer.json()["url"], timeout=30).content


def start_second(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    return start(HOLDFAST_HOME=str(home), PORT=str(port))


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """A start with these variables that is expected to end by itself."""
    environment = {**os.environ, **variables}
    command = [sys.executable, "-m", "infra.local"]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_stack_tells_its_owner_alone_how_to_reach_it(running: Stack) -> None:
    note_file = running.home / "stack.json"
    note = json.loads(note_file.read_text())
    assert stat.S_IMODE(note_file.stat().st_mode) == 0o600
    assert note["url"] == running.url
    assert not note["url"].endswith("/api")
    assert note["workspace"] == "local"
    assert note["pid"] == running.pid
    assert stat.S_IMODE(Path(note["jwt_secret_file"]).stat().st_mode) == 0o600


def test_the_stack_prints_its_token_and_then_that_it_is_ready(running: Stack) -> None:
    lines = running.log.read_text().splitlines()
    ready = lines.index(f"ready {running.url}")
    assert lines[ready - 1] == f"token {running.token}"


def test_every_part_of_the_service_is_well(running: Stack) -> None:
    details = ask(running, "GET", "/health/details").json()
    assert details["status"] == "ok", details


def test_a_package_is_kept_and_comes_back(running: Stack) -> None:
    assert download(running, make_package(running)) == BODY


def test_a_large_package_is_sealed_by_the_queues_worker(running: Stack) -> None:
    created = ask(running, "POST", "/packages", {"producer": "tests", "kind": "junit", "name": "large"})
    package_id = created.json()["id"]
    same = {"sha256": sha256(BODY).hexdigest(), "size": len(BODY)}
    for at in range(0, MAX_INLINE_FINALIZE_FILES + 1, MAX_PLAN_FILES):
        files = [{"path": f"{at + number}.txt", **same} for number in range(MAX_PLAN_FILES)]
        plan = ask(running, "POST", f"/packages/{package_id}/uploads", {"files": files}).json()["items"]
        if not plan[0]["stored"]:
            httpx.put(plan[0]["url"], headers=plan[0]["headers"], content=BODY, timeout=30)
    queued = ask(running, "POST", f"/packages/{package_id}/finalize", {})
    assert queued.status_code == 202
    operation = {"status": "queued"}
    pause = threading.Event()
    for _ in range(200):
        operation = ask(running, "GET", f"/operations/{queued.json()['operation_id']}").json()
        if operation["status"] == "completed":
            break
        pause.wait(0.1)
    assert operation["outcome"] == "succeeded"
    assert "packages_worker took 1, refused 0" in running.log.read_text()


def test_a_second_stack_in_the_same_home_is_refused(running: Stack) -> None:
    second = start_second(running.home, 0)
    assert second.returncode == 2
    assert f"process {running.pid}" in second.stderr
    assert "HOLDFAST_HOME" in second.stderr


def test_a_port_that_is_taken_is_refused(running: Stack, home: Path) -> None:
    port = httpx.URL(running.url).port
    second = start_second(home, port or 0)
    assert second.returncode == 2
    assert f"Port {port} cannot be used" in second.stderr
    assert "PORT" in second.stderr


@pytest.mark.parametrize("port", ["abc", "1.5", "-1", "70000", "٣"])
def test_a_port_that_is_none_is_refused_in_a_sentence(tmp_path: Path, port: str) -> None:
    refused = start(HOLDFAST_HOME=str(tmp_path / "home"), PORT=port)
    assert refused.returncode == 2
    assert refused.stderr.strip() == f"PORT must be a number from 0 to 65535, not {port!r}."


def test_a_home_that_cannot_be_one_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        refused = start(HOLDFAST_HOME=str(home), PORT="0")
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"{home} cannot be the home (")
        assert "HOLDFAST_HOME" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_everything_is_back_at_the_next_start(home: Path) -> None:
    with Stack(home) as stack:
        package_id, token, engine_url = make_package(stack), stack.token, stack.engine.url
        assert stack.stop() == 0
    assert not (home / "stack.json").exists()
    with Stack(home) as again:
        assert again.engine.url == engine_url
        assert download(again, package_id) == BODY
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{again.url}/api/packages", headers=headers, timeout=30).status_code == 200


def test_a_stack_that_is_killed_loses_nothing_while_its_engine_lives_on_to_save(home: Path) -> None:
    stack = Stack(home)
    stack.start()
    package_id = make_package(stack)
    stack.kill()
    with Stack(home) as again:
        assert download(again, package_id) == BODY
        assert "did not end cleanly" not in again.log.read_text()


@pytest.mark.long
def test_after_a_power_cut_the_next_start_says_from_when_the_state_is(home: Path) -> None:
    stack = Stack(home)
    stack.start()
    os.kill(stack.engine.pid, signal.SIGKILL)
    assert stack.wait() == 1
    with Stack(home) as again:
        assert "The last run did not end cleanly" in again.log.read_text()
        assert again.workspace == "local"


def test_files_can_be_kept_in_a_folder(home: Path) -> None:
    with Stack(home, environment={"HOLDFAST_STORAGE": "filesystem"}) as stack:
        assert download(stack, make_package(stack)) == BODY
    kept = [path for path in (home / "objects").rglob("*") if path.is_file()]
    assert sha256(BODY).hexdigest() in {path.name for path in kept}


def test_an_interrupt_stops_it_as_cleanly_as_a_stop_signal(home: Path) -> None:
    stack = Stack(home)
    stack.start()
    os.kill(stack.pid, signal.SIGINT)
    assert stack.wait() == 0
    assert stack.log.read_text().splitlines()[-1] == "stopped"
