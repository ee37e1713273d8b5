"""The libraries of the deployment are those that the service imports, pinned by the lock."""

from pathlib import Path

import pytest

from infra.requirements import NotLocked, closure, imported, write

PROJECT = Path(__file__).parents[3]


def make_project(folder: Path, *, code: str, lock: str) -> Path:
    (folder / "chalicelib").mkdir()
    (folder / "app.py").write_text(code)
    (folder / "requirements.lock").write_text(lock)
    return folder


def test_every_library_is_pinned_with_its_hashes(tmp_path: Path) -> None:
    lock = (PROJECT / "requirements.lock").read_text()
    folder = make_project(tmp_path, code="import boto3\n", lock=lock)
    lines = [line for line in write(folder).read_text().splitlines() if not line.startswith("#")]
    pins = [line for line in lines if not line.startswith(" ")]
    assert {pin.partition("==")[0] for pin in pins} == closure({"boto3"})
    assert len([line for line in lines if line.lstrip().startswith("--hash=sha256:")]) >= len(pins)


def test_a_library_with_a_version_for_each_python_keeps_both_and_their_markers(tmp_path: Path) -> None:
    entries = [
        f"junitparser=={version} ; {marker} \\\n    --hash=sha256:{digit}\n"
        for version, marker, digit in (
            ("5.0.0", "python_full_version < '3.12'", "00"),
            ("6.0.0", "python_full_version >= '3.12'", "11"),
        )
    ]
    lock = f"{entries[0]}    # via holdfast\n{entries[1]}    # via holdfast\n"
    written = write(make_project(tmp_path, code="import junitparser\n", lock=lock)).read_text()
    assert written.endswith("".join(entries))


def test_what_only_the_client_and_the_tests_use_is_not_shipped() -> None:
    shipped = closure(imported(PROJECT))
    assert {"boto3", "pydantic", "pynamodb", "rfc8785"} <= shipped
    assert not shipped & {"httpx", "rich", "typer", "pytest", "moto", "ministack", "chalice", "pip"}


def test_an_extra_that_we_ask_for_comes_with_what_it_needs() -> None:
    assert "cryptography" in closure({"pyjwt"})


def test_imports_that_only_the_type_checker_sees_do_not_count(tmp_path: Path) -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy_boto3_sqs\n"
    assert imported(make_project(tmp_path, code=code, lock="")) == set()


def test_a_late_import_counts(tmp_path: Path) -> None:
    code = "def client():\n    import boto3\n    return boto3\n"
    assert imported(make_project(tmp_path, code=code, lock="")) == {"boto3"}


def test_a_library_that_the_lock_does_not_pin_stops_the_build(tmp_path: Path) -> None:
    folder = make_project(tmp_path, code="import httpx\n", lock="httpx==0.28.1 \\\n    --hash=sha256:00\n")
    with pytest.raises(NotLocked, match="httpcore"):
        write(folder)


def test_a_library_that_is_not_installed_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(NotLocked, match="no_such_library"):
        imported(make_project(tmp_path, code="import no_such_library\n", lock=""))
