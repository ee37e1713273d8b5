"""What is in the zip, and that cfn-lint has nothing to say."""

import json
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from chalicelib.web.service import catalogue
from infra import package as packaging
from infra.documentation.pages import SNAPSHOT
from infra.package import MAX_TEMPLATE_BYTES, lint, template_size


def test_the_package_holds_the_service_and_nothing_else_of_ours(zipped: list[str]) -> None:
    tops = {name.partition("/")[0] for name in zipped}
    assert tops == {"app.py", "chalicelib", "chalice", "holdfast"}


def test_of_the_client_s_distribution_the_package_holds_the_contract_alone(zipped: list[str]) -> None:
    client = {
        name for name in zipped if name.startswith("holdfast/") and not name.startswith("holdfast/api/")
    }
    assert client == {"holdfast/__init__.py"}
    assert "holdfast/api/packages.py" in zipped


def test_the_package_holds_no_cache_of_this_machine(zipped: list[str]) -> None:
    assert not [name for name in zipped if "__pycache__" in name or name.endswith(".pyc")]


def test_the_generated_template_is_in_order(package_folder: Path) -> None:
    assert lint(package_folder / "sam.json") == 0


def test_packaging_leaves_no_setting_of_this_machine_in_the_template(package_folder: Path) -> None:
    assert str(Path.home()) not in (package_folder / "sam.json").read_text()


def test_the_package_holds_the_documents_that_the_web_function_serves(package_folder: Path) -> None:
    with ZipFile(package_folder / "deployment.zip") as content:
        packed = {name: content.read(f"chalicelib/web/{name}").decode() for name in catalogue.documents()}
    assert json.loads(packed[catalogue.OPENAPI]) == json.loads(SNAPSHOT.read_text())
    assert json.loads(packed[catalogue.ERRORS]) == catalogue.computed_errors().model_dump()


def test_the_template_is_written_without_spaces_and_is_far_from_the_limit(package_folder: Path) -> None:
    text = (package_folder / "sam.json").read_text()
    assert text == json.dumps(json.loads(text), separators=(",", ":")) + "\n"
    assert template_size(package_folder) == len(text.encode()) < MAX_TEMPLATE_BYTES / 2


def test_a_template_over_the_limit_fails_with_one_sentence(
    package_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    size = template_size(package_folder)
    monkeypatch.setattr(sys, "argv", ["package", "--out", str(package_folder)])
    monkeypatch.setattr(packaging, "MAX_TEMPLATE_BYTES", size - 1)
    for name in ("collect_libraries", "package", "lint"):
        monkeypatch.setattr(packaging, name, lambda *_args, **_options: 0)
    assert packaging.main() == 1
    told = capsys.readouterr()
    assert f"sam.json ({size:,} bytes)" in told.out
    assert told.err == f"sam.json has {size:,} bytes; at most {size - 1:,} can be deployed.\n"
