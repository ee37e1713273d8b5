"""`holdfast features …`: the rows that hooks made."""

from itertools import islice
from typing import Annotated

import typer

from holdfast.cli.output import AsJson, as_json, emit_json, emit_table
from holdfast.cli.program import connect

EXAMPLE_PACKAGE = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8"

app = typer.Typer(help="Show the rows that hooks made.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Show the rows that hooks made."""


@app.command(epilog=f"Example: holdfast features show suites --package {EXAMPLE_PACKAGE} --provenance")
def show(
    context: typer.Context,
    feature: Annotated[str, typer.Argument(metavar="FEATURE", help="The name of the feature.")],
    *,
    package: Annotated[
        str | None, typer.Option(metavar="PKG", help="Only rows of the package with this id.")
    ] = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Only rows of the run with this id.")] = None,
    provenance: Annotated[
        bool, typer.Option("--provenance", help="Show which hook, version and configuration made each row.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of rows.")] = 50,
    json: AsJson = False,
) -> None:
    """Show the rows of a feature, the oldest run first."""
    filters = {"package_id": package, "run_id": run, "provenance": provenance, "limit": min(limit, 200)}
    with connect(context) as client:
        found = list(islice(client.features.rows(feature, **filters), limit))
    if json:
        emit_json({"items": [row.model_dump(mode="json") for row in found]})
        return
    made_by = ["hook", "version", "digest", "source_ref", "config"] if provenance else []
    rows = []
    for row in found:
        data = row.model_dump(mode="json")
        cells = [data["package_id"], data["run_id"], str(data["index"]), as_json(data["data"])]
        rows.append(cells + [_cell(data.get(name)) for name in made_by])
    emit_table(["package", "run", "row", "data", *made_by], rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else as_json(value)
