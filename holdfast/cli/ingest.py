"""`holdfast ingest`: a directory becomes a sealed package."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.output import AsJson, emit_json, human_bytes, plain
from holdfast.cli.program import Flags, connect

if TYPE_CHECKING:
    from holdfast.cli.progress import Shown
    from holdfast.transfer.options import Ingested

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="What to keep: every file below it.")]
Kind = Annotated[
    str | None, typer.Option(metavar="K", help="What it is, e.g. junit. [known: guide-board runs, reports]")
]
Producer = Annotated[str | None, typer.Option(metavar="P", help="Who made it. [known: guide-board runs]")]
Name = Annotated[str | None, typer.Option(metavar="N", help="Else the run's id, or the directory's name.")]
Retention = Annotated[
    str | None, typer.Option(metavar="C", help="Retention class; else raw-evidence, 90 days.")
]
Convention = Annotated[str | None, typer.Option(metavar="S", help="The convention it follows.")]
Resume = Annotated[
    str | None, typer.Option(metavar="PKG", help="Continue this package; send only what is missing.")
]
Jobs = Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Uploads at once.")]

EXAMPLE = "Example: holdfast ingest runs/2026-03-14 --kind junit --producer nightly"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(ingest)


def ingest(  # noqa: PLR0913  typer reads an option from each parameter
    context: typer.Context,
    directory: Directory,
    *,
    kind: Kind = None,
    producer: Producer = None,
    name: Name = None,
    retention: Retention = None,
    convention: Convention = None,
    resume: Resume = None,
    jobs: Jobs = 8,
    json: AsJson = False,
) -> None:
    """Keep every file of a directory as one sealed package.

    The package's id is the last line of the output. Links inside the directory are followed to files;
    links out of it, or to directories, are refused. Nothing is created when a file cannot be kept.
    After an interruption, go on with --resume.
    """
    options = {
        "kind": kind,
        "producer": producer,
        "name": name,
        "retention_class": retention,
        "convention": convention,
        "resume": resume,
    }
    given = {option: value for option, value in options.items() if value is not None}
    _print(_ingested(context, directory, jobs, given), json=json)


def _ingested(context: typer.Context, directory: Path, jobs: int, given: dict[str, Any]) -> "Ingested":
    from holdfast.cli.progress import Shown

    with connect(context, jobs=jobs) as client, Shown() as shown:
        try:
            return client.packages.ingest(directory, observer=shown, **given)
        except BaseException:
            _say_how_to_go_on(shown, directory, context.find_object(Flags) or Flags())
            raise


def _say_how_to_go_on(shown: "Shown", directory: Path, flags: Flags) -> None:
    if shown.package_id is None:
        return
    shown.stop()
    command = ["holdfast", *flags.as_arguments(), "ingest", str(directory), "--resume", shown.package_id]
    typer.echo(f"The package {shown.package_id} is there, and is not sealed. To go on:", err=True)
    typer.echo(f"  {shlex.join(command)}", err=True)


def _print(ingested: "Ingested", *, json: bool) -> None:
    for warning in ingested.warnings:
        typer.echo(f"warning: {plain(warning)}", err=True)
    if json:
        emit_json(
            {
                "package_id": ingested.package_id,
                "manifest_digest": ingested.manifest_digest,
                "file_count": ingested.file_count,
                "total_bytes": ingested.total_bytes,
                "recognised": [found._asdict() for found in ingested.recognised],
                "warnings": ingested.warnings,
            }
        )
        return
    for found in ingested.recognised:
        typer.echo(f"recognised {found.title}: {plain(found.summary)}")
    package = ingested.package
    until = f"until {package.expires_at:%Y-%m-%d}" if package.expires_at else "for good"
    size = human_bytes(package.total_bytes)
    typer.echo(
        f"kept {package.file_count} files, {size}, as {package.kind} of {plain(package.producer)} {until}"
    )
    typer.echo(f"manifest {ingested.manifest_digest}")
    typer.echo(ingested.package_id)
