"""`holdfast ingest`: keep a directory as a finalized package."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.api.messages import quantity
from holdfast.cli.output import AsJson, emit_json, human_bytes, plain
from holdfast.cli.program import Flags, connect

if TYPE_CHECKING:
    from holdfast.cli.progress import Shown
    from holdfast.transfer.options import Ingested

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The directory. Every file in it is kept.")]
Kind = Annotated[
    str | None, typer.Option(metavar="K", help="The kind, such as junit. [default: found in reports]")
]
Producer = Annotated[
    str | None, typer.Option(metavar="P", help="The producer. [default: found in guide-board runs]")
]
Name = Annotated[
    str | None, typer.Option(metavar="N", help="The name. [default: the run's id or the directory's name]")
]
Retention = Annotated[
    str | None, typer.Option(metavar="C", help="The retention class. [default: raw-evidence]")
]
Convention = Annotated[str | None, typer.Option(metavar="S", help="The convention that the package follows.")]
Resume = Annotated[
    str | None, typer.Option(metavar="PKG", help="Continue this package, and upload only the missing files.")
]
Jobs = Annotated[
    int, typer.Option(metavar="N", min=1, max=64, help="The number of uploads at the same time.")
]

EXAMPLE = "Example: holdfast ingest runs/2026-03-14 --kind junit --producer nightly"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=EXAMPLE)(ingest)


def ingest(  # noqa: PLR0913  each parameter is an option
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
    """Keep every file of a directory as one finalized package.

    The last line of the output is the package's id. Links to files inside the directory are followed.
    Links out of the directory and links to directories are refused. Nothing is created when a file cannot
    be kept. After an interruption, continue with --resume.
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
            # Ctrl-C too: whatever ended it, the package exists and can be continued
            _say_how_to_continue(shown, directory, context.find_object(Flags) or Flags())
            raise


def _say_how_to_continue(shown: "Shown", directory: Path, flags: Flags) -> None:
    if shown.package_id is None:
        return
    shown.stop()
    command = ["holdfast", *flags.as_arguments(), "ingest", str(directory), "--resume", shown.package_id]
    typer.echo(f"The package {shown.package_id} exists, but is not finalized. To continue:", err=True)
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
    until = f"until {package.expires_at:%Y-%m-%d}" if package.expires_at else "for ever"
    kept = f"{quantity(package.file_count, 'file')}, {human_bytes(package.total_bytes)}"
    typer.echo(f"kept {kept}, as {package.kind} of {plain(package.producer)} {until}")
    typer.echo(f"manifest {ingested.manifest_digest}")
    typer.echo(ingested.package_id)
