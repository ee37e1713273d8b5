"""`holdfast verify`: check every byte of a package against its manifest."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli import checked
from holdfast.cli.output import AsJson
from holdfast.cli.program import connect

EXAMPLE = "Example: holdfast verify pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8 --dir restored/"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=EXAMPLE)(verify)


def verify(
    context: typer.Context,
    package_id: Annotated[str, typer.Argument(metavar="PKG", help="The id of the package.")],
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Check the copy in this directory, not the storage."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Check every byte of a package against its manifest.

    Exits 0 when all files are right. Exits 1 when a file is bad or missing, or when the copy has files that
    are not in the manifest. Exits 3 when a file could not be checked.
    """
    with connect(context) as client:
        found = client.packages.verify(package_id, directory=directory)
    checked.show(found, json=json)
