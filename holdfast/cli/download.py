"""`holdfast download`: a package's files, back on disk."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli import checked
from holdfast.cli.output import AsJson
from holdfast.cli.program import connect

EXAMPLE = "Example: holdfast download pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8 restored/"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(download)


def download(
    context: typer.Context,
    package_id: Annotated[str, typer.Argument(metavar="PKG", help="The package.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made when it is missing.")],
    json: AsJson = False,
) -> None:
    """Write a package's files to disk.

    They are verified while they are written: a file appears whole and proven, or not at all. What is
    there already with the same bytes is left;
    other content in a file's place is refused before anything is written. Run it again to go on.
    """
    with connect(context) as client:
        found = client.packages.restore(package_id, directory)
    checked.show(found, json=json)
