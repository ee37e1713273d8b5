"""A bundle runs on what it was given, and every way in which it cannot is an end that is told."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.hooks.models.execution import Attempt, InputFile, Job
from chalicelib.hooks.service.bundle_runtime import MAX_INPUT_BYTES, MAX_INPUT_FILES, run
from chalicelib.hooks.service.bundles import bundle_key
from chalicelib.sandbox.command import Ended
from chalicelib.storage.service import storage
from tests.conftest import Configure
from tests.support.factories import WORKSPACE
from tests.support.sandbox.jobs import bundled, bundled_bytes, make_input, make_job, make_release, store
from tests.support.sandbox.zips import entry, zipped, zipped_entries

LOOK = """
import importlib.util, json, os, words
place = os.environ["HOLDFAST_INPUT"]
found = {"inputs": sorted(os.path.relpath(os.path.join(at, name), place)
                          for at, _, names in os.walk(place) for name in names),
         "config": json.load(open(os.environ["HOLDFAST_CONFIG"])),
         "manifest": json.load(open(os.environ["HOLDFAST_MANIFEST"])),
         "environment": sorted(os.environ), "run": os.environ["HOLDFAST_RUN_ID"], "words": words.WORDS,
         "installed": [name for name in ("boto3", "pydantic") if importlib.util.find_spec(name)]}
with open(os.path.join(os.environ["HOLDFAST_OUTPUT"], "result.json"), "w") as file:
    json.dump(found, file)
"""
TOLD = ["CONFIG", "INPUT", "MANIFEST", "OUTPUT", "RUN_ID"]


@pytest.fixture(autouse=True)
def settled(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Path
) -> Iterator[None]:
    """Files as the store, and a service that has as much open afterwards as before."""
    configure(storage="filesystem", filesystem_root=str(tmp_path / "objects"))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert [path.name for path in place.iterdir() if path.name.startswith("tmp")] == []


def ran(job: Job) -> Attempt:
    """How the job ended."""
    return run(job, step=lambda: None)


def test_a_bundle_is_told_all_that_it_needs_and_nothing_else(place: Path) -> None:
    files = {"main.py": LOOK, "words.py": "WORDS = ['brought along']"}
    job = bundled(place / "job", files, inputs={"reports/a.xml": b"<a/>", "é.txt": b"x"})
    assert ran(job).reason == ""
    found = json.loads((place / "job/output/result.json").read_text())
    assert found["inputs"] == ["reports/a.xml", "é.txt"]
    assert (found["config"], found["manifest"], found["run"]) == ({"depth": 2}, {"files": []}, "run_1")
    assert (found["words"], found["installed"]) == (["brought along"], [])
    own = [*(f"HOLDFAST_{name}" for name in TOLD), "HOME", "LANG", "LD_LIBRARY_PATH", "PATH"]
    assert found["environment"] == [*own, "PYTHONDONTWRITEBYTECODE", "TMPDIR"]


def test_a_program_of_the_bundle_may_be_its_entrypoint(place: Path) -> None:
    script = zipped_entries((entry("bin/run", mode=0o100755), "#!/bin/sh\necho ran $1\n"))
    found = ran(bundled_bytes(place / "job", script, entrypoint=["bin/run", "well"]))
    assert (found.ended, found.stdout_tail) == (Ended.EXITED, "ran well\n")


@pytest.mark.parametrize(
    "entrypoint", [["nowhere"], ["main.py"], ["../../../etc/passwd"], ["main\x01.py"], ["folder"], ["\ud83d"]]
)
def test_an_entrypoint_that_cannot_be_started_is_told(place: Path, entrypoint: list[str]) -> None:
    job = bundled(place / "job", {"main.py": "", "folder/x": ""}, entrypoint=None)
    job = job._replace(release=job.release.model_copy(update={"entrypoint": entrypoint}))
    found = ran(job)
    assert (found.ended, found.reason) == (
        Ended.FAILED_TO_START,
        "Its entrypoint could not be started; its log says why.",
    )
    assert "cannot start" in found.stderr_tail


def test_an_exit_code_is_a_reason(place: Path) -> None:
    found = ran(bundled(place / "job", {"main.py": "raise SystemExit(3)"}))
    assert (found.ended, found.exit_code, found.reason) == (Ended.EXITED, 3, "It ended with exit code 3.")


@pytest.mark.parametrize(
    ("source", "timeout_s", "ended", "reason"),
    [
        (
            "x = []\nwhile True: x.append(bytearray(1 << 20))",
            20,
            Ended.OUT_OF_MEMORY,
            "more memory than 96 MiB",
        ),
        ("while True: pass", 20, Ended.CPU_EXCEEDED, "more processor time than 1 s"),
        ("while True: print('x' * 9999)", 20, Ended.OUTPUT_EXCEEDED, "more than 1 MiB"),
        ("import time\ntime.sleep(99)", 1, Ended.TIMED_OUT, "within 1 s"),
    ],
)
def test_a_limit_that_was_broken_is_named(
    place: Path, source: str, timeout_s: int, ended: Ended, reason: str
) -> None:
    limits = {"memory_mib": 96, "timeout_s": timeout_s, "cpu_s": 1, "output_mib": 1}
    found = ran(bundled(place / "job", {"main.py": source}, limits=limits))
    assert found.ended is ended
    assert reason in found.reason


def test_other_bytes_than_were_released_are_not_run(place: Path) -> None:
    job = bundled(place / "job", {"main.py": "print('ran')"})
    altered = job.release.model_copy(update={"digest": "1" * 64})
    store_altered(bundle_key(WORKSPACE, "1" * 64), bundle_key(WORKSPACE, job.release.digest))
    found = ran(job._replace(release=altered))
    assert (found.ended, found.stdout_tail, found.exit_code) == (Ended.DIGEST_MISMATCH, "", None)
    assert job.release.digest in found.reason


def store_altered(key: str, other: str) -> None:
    """Put the bytes of `other` where those of `key` should be."""
    store(key, b"".join(storage().get(other)))


def test_a_bundle_that_is_not_there_is_told(place: Path) -> None:
    assert ran(make_job(place / "job", make_release())).ended is Ended.DIGEST_MISMATCH


@pytest.mark.parametrize(
    "content",
    [b"no zip", zipped({"../../escaped": "x"}), zipped({"bomb": bytes(20 << 20)})],
    ids=["no zip", "slip", "bomb"],
)
def test_a_bundle_that_means_harm_is_not_unpacked(place: Path, content: bytes) -> None:
    found = ran(bundled_bytes(place / "job", content))
    assert found.ended is Ended.BROKEN_BUNDLE
    assert list(place.rglob("escaped")) == []


@pytest.mark.parametrize(
    "paths", [("a", "a/b"), ("a/b", "a"), ("n" * 256,), ("/".join(["d" * 200] * 22 + ["x"]),)]
)
def test_paths_that_cannot_be_files_here_are_told(place: Path, paths: tuple[str, ...]) -> None:
    found = ran(bundled(place / "job", {"main.py": ""}, inputs=dict.fromkeys(paths, b"x")))
    assert found.ended is Ended.FAILED_TO_START
    assert "cannot be a file on disk here" in found.reason
    assert str(place) not in found.reason


def test_input_that_was_altered_in_the_store_is_not_given(place: Path) -> None:
    job = bundled(place / "job", {"main.py": "print('ran')"})
    altered = make_input("a.txt", b"altered")._replace(sha256="2" * 64)
    found = ran(job._replace(inputs=[altered]))
    assert (found.ended, found.stdout_tail) == (Ended.FAILED_TO_START, "")
    assert "not those that were finalized" in found.reason


def test_input_that_is_gone_is_told(place: Path) -> None:
    job = bundled(place / "job", {"main.py": ""})
    found = ran(job._replace(inputs=[InputFile("a.txt", "main/acme/nowhere", 1, "2" * 64)]))
    assert (found.ended, found.reason) == (Ended.FAILED_TO_START, "The bytes of 'a.txt' are not stored.")


@pytest.mark.parametrize(("count", "size"), [(MAX_INPUT_FILES + 1, 0), (1, MAX_INPUT_BYTES + 1)])
def test_more_input_than_there_is_room_for_is_told_before_any_is_fetched(
    place: Path, count: int, size: int
) -> None:
    inputs = [InputFile(f"{number}", "main/acme/nowhere", size, "2" * 64) for number in range(count)]
    found = ran(bundled(place / "job", {"main.py": ""})._replace(inputs=inputs))
    assert found.ended is Ended.FAILED_TO_START
    assert "MAX_INPUT_FILES" in found.reason


def test_what_it_leaves_beside_its_output_goes_and_the_output_stays(place: Path) -> None:
    source = """
import os
os.chdir(os.environ["HOLDFAST_OUTPUT"])
for name in ("rows.ndjson", "../tmp/x"): open(name, "w").write("{}")
for _ in range(900):
    os.mkdir("d")
    os.chdir("d")
os.chmod(os.environ["HOLDFAST_OUTPUT"], 0o500)
"""
    assert ran(bundled(place / "job", {"main.py": source})).ended is Ended.EXITED
    assert [path.name for path in (place / "job/output").iterdir()] == ["rows.ndjson"]
    assert list((place / "job/tmp").iterdir()) == []
