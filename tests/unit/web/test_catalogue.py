"""The catalogue of errors: complete from the first request, whatever was used before."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.web.service import catalogue
from holdfast.api.health import ErrorCatalogue
from tests.architecture.test_code_words import declarations
from tests.support.api import Api

ROOT = Path(__file__).parents[3]
FRESH = "from chalicelib.web.service import catalogue; print(catalogue.errors().model_dump_json())"
DESCRIBE = """
import json
from chalicelib.web.service import catalogue
print(json.dumps(catalogue.description()))
"""


def test_a_fresh_process_knows_every_code_that_the_source_declares() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FRESH], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    listed = [entry["code"] for entry in json.loads(ran.stdout)["items"]]
    assert listed == sorted(declarations())


def test_an_error_is_shown_with_what_it_means_and_what_to_do(api: Api) -> None:
    answer = api.get("/errors/DUPLICATE_PATH")
    assert answer.status == 200
    assert answer.json["code"] == "DUPLICATE_PATH"
    assert answer.json["title"]
    assert "replace" in answer.json["remedy"]


def test_a_code_that_nobody_declared_is_not_there(api: Api) -> None:
    for code in ("NO_SUCH_CODE", "duplicate_path", "__class__", "%00"):
        assert api.get(f"/errors/{code}").status == 404


def test_a_fresh_process_describes_every_route_whatever_it_imported_before() -> None:
    ran = subprocess.run([sys.executable, "-c", DESCRIBE], cwd=ROOT, env={}, capture_output=True, check=True)
    assert json.loads(ran.stdout) == json.loads((ROOT / "tests/contract/openapi.json").read_text())


def test_files_of_the_package_are_served_as_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    (tmp_path / catalogue.OPENAPI).write_text('{"openapi": "3.1.0"}')
    (tmp_path / catalogue.ERRORS).write_text('{"items": [{"code": "ODD", "title": "t", "remedy": "r"}]}')
    for cached in (catalogue.description, catalogue.errors):
        cached.cache_clear()
    try:
        assert catalogue.description() == {"openapi": "3.1.0"}
        assert catalogue.error("ODD").title == "t"
    finally:
        for cached in (catalogue.description, catalogue.errors):
            cached.cache_clear()


def test_what_is_packaged_is_what_is_computed() -> None:
    written = catalogue.documents()
    assert json.loads(written[catalogue.OPENAPI]) == catalogue.computed_description()
    assert ErrorCatalogue.model_validate_json(written[catalogue.ERRORS]) == catalogue.computed_errors()
