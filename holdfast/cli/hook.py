"""`holdfast hook …`: release hooks, show them, and move the live pointer."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.output import AsJson, emit_fields, emit_json, emit_table
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.hooks import Hook

EXAMPLE = "junit-summary"
Name = Annotated[str, typer.Argument(metavar="HOOK", help="The name of the hook.")]
Why = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The reason. It is recorded.")]

app = typer.Typer(
    help="Release hooks, show them, and choose the live release.", no_args_is_help=True, rich_markup_mode=None
)


@app.command(epilog=f"Example: holdfast hook deploy examples/hooks/{EXAMPLE}")
def deploy(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder with hook.yaml and the sources.")
    ],
    source_ref: Annotated[
        str | None, typer.Option(metavar="REF", help="The origin of the sources, such as a commit.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Release the hook in a folder: zip the sources, upload the zip, release it.

    The same sources again give the same release.
    """
    with connect(context) as client:
        made = client.hooks.deploy(directory, source_ref=source_ref)
    if json:
        emit_json(made.model_dump(mode="json"))
        return
    result = "released" if made.created else "exists already"
    live = "live" if made.live_version == made.version else f"live is {made.live_version}"
    typer.echo(f"{made.hook} version {made.version}: {result}, {live}, {made.runtime} {made.digest}")


@app.command("list", epilog="Example: holdfast hook list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of entries.")] = 50,
    json: AsJson = False,
) -> None:
    """List hooks, newest first."""
    with connect(context) as client:
        found = list(islice(client.hooks.list(), limit))
    if json:
        emit_json({"items": [hook.model_dump(mode="json") for hook in found]})
        return
    rows = [[hook.name, hook.feature, _number(hook.live_version), str(hook.latest_version)] for hook in found]
    emit_table(["hook", "feature", "live", "latest"], rows)


@app.command(epilog=f"Example: holdfast hook show {EXAMPLE}")
def show(context: typer.Context, name: Name, json: AsJson = False) -> None:
    """Show one hook: its feature, its contract and its live release."""
    with connect(context) as client:
        hook = client.hooks.get(name)
    _show(hook, json)
    if not json:
        rows = [[column.name, column.type, "yes" if column.required else ""] for column in hook.contract]
        emit_table(["column", "type", "required"], rows)


@app.command(epilog=f"Example: holdfast hook releases {EXAMPLE}")
def releases(
    context: typer.Context,
    name: Name,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of entries.")] = 50,
    json: AsJson = False,
) -> None:
    """List the releases of a hook, newest first."""
    with connect(context) as client:
        found = list(islice(client.hooks.releases(name), limit))
    if json:
        emit_json({"items": [release.model_dump(mode="json") for release in found]})
        return
    rows = [
        [
            str(release.version),
            release.runtime,
            f"{release.built_at:%Y-%m-%d %H:%M}",
            release.built_by,
            release.source_ref or "",
            release.digest,
        ]
        for release in found
    ]
    emit_table(["version", "runtime", "built", "by", "from", "digest"], rows)


@app.command(epilog=f"Example: holdfast hook live {EXAMPLE} 3 --reason 'counts skipped tests too'")
def live(
    context: typer.Context,
    name: Name,
    version: Annotated[
        int, typer.Argument(metavar="VERSION", min=1, help="The version of the release to make live.")
    ],
    *,
    expected_revision: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Only while the live pointer is at this revision.")
    ] = None,
    reason: Why = None,
    json: AsJson = False,
) -> None:
    """Make a release live. Queued runs keep their release."""
    with connect(context) as client:
        hook = client.hooks.move(name, version, expected_revision=expected_revision, reason=reason)
    _show(hook, json)


@app.command(epilog=f"Example: holdfast hook rollback {EXAMPLE} --reason 'counts twice'")
def rollback(context: typer.Context, name: Name, reason: Why = None, json: AsJson = False) -> None:
    """Make the previous live release live again. The history and all rows stay."""
    with connect(context) as client:
        hook = client.hooks.rollback(name, reason=reason)
    _show(hook, json)


@app.command(epilog=f"Example: holdfast hook history {EXAMPLE}")
def history(context: typer.Context, name: Name, json: AsJson = False) -> None:
    """List the moves of the live pointer, oldest first."""
    with connect(context) as client:
        found = list(client.hooks.history(name))
    if json:
        emit_json({"items": [move.model_dump(mode="json", by_alias=True) for move in found]})
        return
    rows = [
        [
            f"{move.at:%Y-%m-%d %H:%M:%S}",
            _number(move.from_version),
            str(move.to_version),
            move.actor,
            move.reason or "",
        ]
        for move in found
    ]
    emit_table(["at", "from", "to", "who", "why"], rows)


def _show(hook: "Hook", json: bool) -> None:
    if json:
        emit_json(hook.model_dump(mode="json"))
        return
    emit_fields(
        [
            ("hook", hook.name),
            ("feature", hook.feature),
            ("live", _number(hook.live_version)),
            ("latest", hook.latest_version),
            ("revision", hook.revision),
            ("created", f"{hook.created_at:%Y-%m-%d %H:%M} by {hook.created_by}"),
        ]
    )


def _number(version: int | None) -> str:
    return "none" if version is None else str(version)
