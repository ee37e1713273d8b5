"""What is generated and committed is true and whole: docs/reference and the OpenAPI snapshot.

Refresh the files with `.venv/bin/python -m infra.documentation`, and review what changed like code.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import schemathesis
from schemathesis.core.result import Ok

from chalicelib.auth.models import CAPABILITIES
from chalicelib.core.settings import Settings
from chalicelib.http.routes import Route
from chalicelib.web.service import catalogue as service
from holdfast.api.auth import Scope
from holdfast.api.policy import POLICIES
from holdfast.cli.failures import NEXT_STEPS
from infra.documentation import access_patterns, cli, errors, markdown, metrics_and_alarms, pages
from infra.documentation import api as api_page
from infra.documentation.markdown import FIRST_LINE, ROOT
from infra.documentation.pages import PAGES, REFERENCE, SNAPSHOT
from tests.support.api import Api
from tests.support.routes import named, service_routes

REFRESH = "refresh with: python -m infra.documentation"
RUNBOOK = ROOT / "docs/operations/runbook.md"
# codes that the service answers, for which the client has a next step of its own
OF_THE_SERVICE = set(NEXT_STEPS) & {entry.code for entry in service.errors().items}


def reference(name: str) -> str:
    """Return the committed page of that name."""
    return (REFERENCE / f"{name}.md").read_text()


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every table."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def row(name: str, first: str) -> list[str]:
    """Return the one row of a page whose first cell is `first`."""
    [found] = [cells for cells in rows(reference(name)) if cells[0] == first]
    return found


def section(text: str, heading: str) -> str:
    """Return what stands below the one heading of those words, up to the next heading."""
    [found] = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_committed_documents_are_what_the_code_says() -> None:
    stale = [str(path.relative_to(ROOT)) for path in pages.outdated()]
    assert stale == [], REFRESH


@pytest.mark.parametrize("name", PAGES)
def test_every_generated_page_says_first_that_it_is_and_by_which_command(name: str) -> None:
    assert reference(name).splitlines()[0] == FIRST_LINE
    assert "python -m infra.documentation" in FIRST_LINE


def test_the_pages_of_the_reference_are_these_and_no_other() -> None:
    assert {path.stem for path in REFERENCE.glob("*.md")} == {*PAGES, "limits", "producers", "python"}


def test_a_check_changes_nothing_and_fails_on_what_is_out_of_date() -> None:
    before = {path: path.read_bytes() for path in [*REFERENCE.glob("*.md"), SNAPSHOT, ROOT / "README.md"]}
    ran = subprocess.run(
        [sys.executable, "-m", "infra.documentation", "--check"], cwd=ROOT, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default_and_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    _, default, values, meaning = row("configuration", f"`HOLDFAST_{name.upper()}`")
    assert field.description
    assert meaning == field.description
    assert values
    given = str(field.default).lower() if isinstance(field.default, bool) else str(field.default or "")
    assert default == (f"`{given}`" if given else "")


def test_every_error_of_the_api_is_documented_with_what_to_do_about_it() -> None:
    table = {cells[0]: cells for cells in rows(errors.api_table())}
    for entry in service.errors().items:
        assert table[f"`{entry.code}`"][2:] == [entry.title, entry.remedy]
    assert errors.api_table() in reference("errors")


@pytest.mark.parametrize(
    ("code", "status"), [("NOT_FOUND", "404"), ("BODY_TOO_LARGE", "413"), ("INTERNAL_ERROR", "500")]
)
def test_an_error_is_documented_with_the_status_that_it_is_answered_with(code: str, status: str) -> None:
    assert (
        row("errors", f"`{code}`")[1] == status if code != "INTERNAL_ERROR" else status in errors.api_table()
    )


def test_the_only_errors_without_a_status_are_reasons_of_hook_runs() -> None:
    known = errors.statuses()
    without = {entry.code for entry in service.errors().items if not known[entry.code]}
    assert {code for code in without if not code.startswith("HOOK_")} == set()


def test_every_error_of_the_client_is_documented_with_what_it_says_and_its_exit_code() -> None:
    found = {cells[0]: cells for cells in rows(errors.client_table())[1:]}
    raised = {f"`{code.code}`" for code in errors.client_codes()}
    assert raised == set(found)
    assert {code for code, cells in found.items() if not cells[2] or cells[4] not in {"2", "3"}} == set()
    assert set(NEXT_STEPS) - OF_THE_SERVICE <= {code.strip("`") for code in found}
    assert errors.client_table() in reference("errors")


@pytest.mark.parametrize("scope", sorted(Scope))
def test_every_scope_is_documented_with_its_roles_and_routes(scope: Scope) -> None:
    by_role, by_route = [cells for cells in rows(reference("scopes")) if cells[0] == f"`{scope}`"]
    assert by_role[1:] == ["yes" if scope in held else "" for held in CAPABILITIES.values()]
    opened = {f"`{named(route)}`" for route in service_routes() if route.scope == scope}
    assert set(by_route[1].split(", ")) == opened


@pytest.mark.parametrize("route", service_routes(), ids=named)
def test_every_route_is_documented_with_its_scope_and_models(route: Route) -> None:
    text = section(reference("api"), named(route))
    assert route.summary in text
    assert f"Scope: `{route.scope}`." in text or route.scope in api_page.WITHOUT_SCOPE
    assert f"| {route.status} |" in text
    if route.body:
        assert "Body (application/json" in text


def test_every_model_of_the_api_is_documented_with_every_field() -> None:
    text = reference("api")
    for name, schema in service.description()["components"]["schemas"].items():
        found = section(text, api_page.label(name))
        assert [field for field in schema.get("properties", {}) if f"| `{field}` |" not in found] == []


@pytest.mark.parametrize(("name", "command"), list(cli.commands()), ids=lambda value: str(value)[:60])
def test_every_command_is_documented_with_its_options_and_an_example(name: str, command: object) -> None:
    text = section(reference("cli"), name)
    options = [option for found in command.params for option in found.opts if option.startswith("-")]  # type: ignore[attr-defined]  # of typer
    assert [option for option in options if option not in text] == []
    assert f"```\n{name}" in text
    assert "Exit codes: 0" in text


def test_the_commands_that_check_something_are_documented_with_exit_code_1() -> None:
    checking = {name for name, command in cli.commands() if 1 in cli.exit_codes(command)}
    assert checking >= {"holdfast verify", "holdfast doctor", "holdfast ops watch", "holdfast package alarms"}
    assert "holdfast package list" not in checking


def test_every_type_of_operation_is_on_its_concept_page_with_its_queue() -> None:
    page = (ROOT / "docs/concepts/operations.md").read_text()
    for kind, policy in POLICIES.items():
        assert f"| `{kind}` | `{policy.queue}` |" in page


def test_every_metric_is_documented_with_what_it_counts() -> None:
    found = metrics_and_alarms.metrics()
    assert {metric.name for metric in found} == set(metrics_and_alarms.MEANINGS)
    for metric in found:
        assert row("metrics-and-alarms", f"`{metric.name}`")[1] == metrics_and_alarms.MEANINGS[metric.name]


@pytest.mark.parametrize("name", metrics_and_alarms.alarms())
def test_every_alarm_is_documented_with_its_meaning_and_condition(name: str) -> None:
    alarm = metrics_and_alarms.alarms()[name]
    [found] = [cells for cells in rows(reference("metrics-and-alarms")) if cells[0].startswith(f"[{name}](")]
    assert found[1:3] == [f"`{metrics_and_alarms.short_name(alarm)}`", alarm["AlarmDescription"]]
    assert alarm["MetricName"] in found[3]
    assert found[4]


@pytest.mark.parametrize("name", metrics_and_alarms.alarms())
def test_every_alarm_has_an_entry_in_the_runbook(name: str) -> None:
    entry = section(RUNBOOK.read_text(), name)
    assert [word for word in ("Meaning", "Check", "Action") if word not in entry] == []


@pytest.mark.parametrize("path", access_patterns.stores(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_store_lists_its_access_patterns_and_they_are_documented(path: Path) -> None:
    listed = access_patterns.patterns(path)
    assert listed.startswith("- ")
    assert listed in section(reference("access-patterns"), str(path.relative_to(ROOT)))


def test_a_cell_cannot_break_its_table() -> None:
    assert markdown.table(("a",), [("x|y\nz",)]).splitlines()[-1] == "| x\\|y z |"


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
