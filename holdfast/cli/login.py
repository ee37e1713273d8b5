"""`holdfast login`: store a service's address and a token for later commands."""

import sys
from typing import Annotated

import typer

from holdfast.cli.output import AsJson, emit_json
from holdfast.cli.program import Flags
from holdfast.client import configuration
from holdfast.errors import InputError

EXAMPLE = "Example: holdfast login --url https://evidence.example.test --workspace qa < token.txt"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=EXAMPLE)(login)


def login(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(metavar="URL", help="The address of the service.")] = None,
    workspace: Annotated[str | None, typer.Option(metavar="W", help="The workspace to work in.")] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of the profile. [default: default]")
    ] = None,
    json: AsJson = False,
) -> None:
    """Store a service's address and a token in a profile.

    Both are checked first. They are stored in ~/.config/holdfast/config.toml, which only you can read. On
    a terminal, the command asks for the token. Otherwise it reads the token from stdin. The token is never
    an argument, because other users of the machine could see it.
    """
    from holdfast.sdk import Client

    flags = context.find_object(Flags) or Flags()
    name = profile or flags.profile or configuration.DEFAULT_PROFILE
    address = url or flags.url or configuration.environment_url()
    if not address:
        raise InputError("NOT_CONFIGURED", "No service is named.", next_step="Add --url URL.")
    token, workspace = _token(), workspace or flags.workspace
    with Client(address, token, workspace) as client:
        client.health()
        found = client.transport.url
    file = configuration.save_profile(name, url=found, token=token, workspace=workspace)
    _print({"profile": name, "url": found, "workspace": workspace, "file": str(file)}, json=json)


def _print(kept: dict[str, str | None], *, json: bool) -> None:
    if json:
        emit_json(kept)
    else:
        typer.echo(f"Logged in to {kept['url']}. Stored as profile {kept['profile']} in {kept['file']}.")


def _token() -> str:
    if sys.stdin.isatty():
        token: str = typer.prompt("Token", hide_input=True, err=True)
    else:
        token = sys.stdin.readline()
    if not token.strip():
        raise InputError(
            "NO_TOKEN",
            "No token was given.",
            next_step="Read the token from a file: holdfast login … < token.txt",
        )
    return token.strip()
