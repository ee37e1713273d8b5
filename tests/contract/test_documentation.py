"""What is generated and committed is true: the README's tables and the OpenAPI snapshot.

Refresh them with `.venv/bin/python -m infra.documentation`, and review what changed like code.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import schemathesis
from schemathesis.core.result import Ok

from chalicelib.core.settings import Settings
from chalicelib.web import service
from infra import documentation
from infra.documentation import README, ROOT, SNAPSHOT
from tests.support.api import Api
from tests.support.routes import named, service_routes

REFRESH = "refresh with: python -m infra.documentation"


def test_the_committed_documents_are_what_the_code_says() -> None:
    stale = [str(path.relative_to(ROOT)) for path in documentation.outdated()]
    assert stale == [], REFRESH


def test_the_readme_says_every_setting_with_its_default_and_meaning() -> None:
    text = README.read_text()
    for name, field in Settings.model_fields.items():
        [row] = re.findall(rf"^\| `HOLDFAST_{name.upper()}` \| .*$", text, re.MULTILINE)
        assert str(field.description) in row, REFRESH
        if field.default not in (None, ""):
            default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert f"| `{default}` |" in row, REFRESH


def test_the_readme_says_every_error_and_what_to_do_about_it() -> None:
    text = README.read_text()
    for entry in service.errors().items:
        assert f"| `{entry.code}` | {entry.title} | {entry.remedy} |" in text, REFRESH


def test_a_check_changes_nothing_and_fails_on_what_is_out_of_date(tmp_path: Path) -> None:
    before = README.read_bytes(), SNAPSHOT.read_bytes()
    ran = subprocess.run(
        [sys.executable, "-m", "infra.documentation", "--check"], cwd=ROOT, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert (README.read_bytes(), SNAPSHOT.read_bytes()) == before
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_written_between_its_markers_and_nowhere_else() -> None:
    text = "before\n<!-- errors -->\nold\nold\n<!-- /errors -->\nafter\n"
    assert documentation.section(text, "errors", "new") == text.replace("old\nold", "new")


@pytest.mark.parametrize("text", ["", "<!-- errors -->\n", "<!-- errors -->\n<!-- /errors -->\n" * 2])
def test_markers_that_are_missing_or_repeated_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="'errors'"):
        documentation.section(text, "errors", "new")


def test_a_cell_cannot_break_its_table() -> None:
    assert documentation.table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"


def test_the_snapshot_describes_every_route_and_nothing_else() -> None:
    snapshot = json.loads(SNAPSHOT.read_text())
    described = {
        f"{method.upper()} {path}" for path, methods in snapshot["paths"].items() for method in methods
    }
    assert described == {named(route) for route in service_routes()}
    assert snapshot["openapi"].startswith("3.1")


def test_the_snapshot_is_valid_openapi() -> None:
    schema = schemathesis.openapi.from_path(SNAPSHOT)
    schema.validate()
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert sorted(operation.label for operation in operations) == sorted(
        named(route) for route in service_routes()
    )


def test_every_reference_of_the_snapshot_leads_somewhere() -> None:
    text = SNAPSHOT.read_text()
    schemas = json.loads(text)["components"]["schemas"]
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert referred == set(schemas)


def test_the_service_answers_with_its_description(api: Api) -> None:
    assert api.get("/openapi.json").json == json.loads(SNAPSHOT.read_text())


def test_every_limit_of_the_snapshot_is_in_the_words_of_json_schema() -> None:
    # pydantic writes a limit that it cannot place under its own name for it
    assert re.findall(r'"(?:ge|gt|le|lt|min_length|max_length)":', SNAPSHOT.read_text()) == []
