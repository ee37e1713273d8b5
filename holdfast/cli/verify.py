"""`holdfast verify`: whether these are still the bytes that were sealed."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli import checked
from holdfast.cli.output import AsJson
from holdfast.cli.program import connect

EXAMPLE = "Example: holdfast verify pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8 --dir restored/"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(verify)


def verify(
    context: typer.Context,
    package_id: Annotated[str, typer.Argument(metavar="PKG", help="The package.")],
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Compare with this copy instead of storage.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Check every byte of a package again.

    Exits 0 when all is as sealed; 1 when a file is bad or missing, or the copy has files that the manifest
    does not have; 3 when something could not be checked.
    """
    with connect(context) as client:
        found = client.packages.verify(package_id, directory=directory)
    checked.show(found, json=json)
