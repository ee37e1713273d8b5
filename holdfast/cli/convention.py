"""`holdfast convention …`: the rules for packages of one kind, and the hooks that run on them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.output import AsJson, as_json, emit_fields, emit_json, emit_table
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.conventions import Convention

EXAMPLE = "junit-run"
Slug = Annotated[str, typer.Argument(metavar="CONVENTION", help="The name of the convention.")]

app = typer.Typer(
    help="Declare the rules for packages of one kind, and the hooks that run on them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(epilog=f"Example: holdfast convention deploy {EXAMPLE}.yaml")
def deploy(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A YAML file with the fields of POST /conventions.")
    ],
    json: AsJson = False,
) -> None:
    """Declare a convention with its schema, hooks and releases.

    Either everything in the file is saved or nothing. The same file again changes nothing.
    """
    from holdfast.transfer.hook_folders import read_yaml

    values = read_yaml(file)
    with connect(context) as client:
        made = client.conventions.deploy(**values)
    if json:
        emit_json(made.model_dump(mode="json", by_alias=True))
        return
    typer.echo(f"{made.slug}: {'created' if made.created else f'at revision {made.revision}'}")
    rows = [
        [release.hook, str(release.version), "released" if release.created else "exists already"]
        for release in made.releases
    ]
    if rows:
        emit_table(["hook", "version", "result"], rows)


@app.command("list", epilog="Example: holdfast convention list")
def list_(context: typer.Context, json: AsJson = False) -> None:
    """List conventions, newest first."""
    with connect(context) as client:
        found = list(client.conventions.list())
    if json:
        emit_json({"items": [_data(convention) for convention in found]})
        return
    rows = [
        [convention.slug, convention.title, ", ".join(convention.hooks), str(convention.revision)]
        for convention in found
    ]
    emit_table(["convention", "title", "hooks", "revision"], rows)


@app.command(epilog=f"Example: holdfast convention show {EXAMPLE}")
def show(context: typer.Context, slug: Slug, json: AsJson = False) -> None:
    """Show one convention: its rules and its hooks."""
    with connect(context) as client:
        convention = client.conventions.get(slug)
    data = _data(convention)
    if json:
        emit_json(data)
        return
    data["metadata_schema"] = as_json(data["metadata_schema"]) if data["metadata_schema"] else None
    data["schema"] = f"{data['schema']['id']}@{data['schema']['version']}" if data["schema"] else None
    data |= {name: ", ".join(data[name]) for name in ("required_files", "hooks")}
    emit_fields(data.items())


@app.command(epilog=f"Example: holdfast convention delete {EXAMPLE}")
def delete(context: typer.Context, slug: Slug, json: AsJson = False) -> None:
    """Delete a convention that no package refers to."""
    with connect(context) as client:
        client.conventions.delete(slug)
    if json:
        emit_json({"deleted": slug})
        return
    typer.echo(f"{slug} is deleted")


def _data(convention: "Convention") -> dict[str, Any]:
    return convention.model_dump(mode="json", by_alias=True)
