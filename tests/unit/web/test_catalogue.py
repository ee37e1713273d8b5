"""The catalogue of errors: complete from the first request, whatever was used before."""

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.test_code_words import declarations
from tests.support.api import Api

ROOT = Path(__file__).parents[3]
FRESH = "import json, app; from chalicelib.web import service; print(service.errors().model_dump_json())"


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
