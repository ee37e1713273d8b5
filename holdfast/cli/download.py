"""`holdfast download`: write a package's files to disk."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli import checked
from holdfast.cli.output import AsJson
from holdfast.cli.program import connect

EXAMPLE = "Example: holdfast download pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8 restored/"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=EXAMPLE)(download)


def download(
    context: typer.Context,
    package_id: Annotated[str, typer.Argument(metavar="PKG", help="The id of the package.")],
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The directory to write to. It is created when missing.")
    ],
    json: AsJson = False,
) -> None:
    """Write a package's files to disk.

    Each file is verified during the download. It appears complete and verified, or not at all. A file
    that exists with the same bytes stays. Other content in the place of a file is an error, before
    anything is written. After an interruption, run the command again to continue.
    """
    with connect(context) as client:
        found = client.packages.restore(package_id, directory)
    checked.show(found, json=json)
