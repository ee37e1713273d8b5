"""`holdfast local …`: the embedded stack on this machine."""

from typing import Annotated

import typer

from holdfast.cli.output import AsJson, emit_json
from holdfast.client import configuration

app = typer.Typer(help="Work with the embedded stack on this machine.", rich_markup_mode=None)


@app.callback()
def local() -> None:
    """Work with the embedded stack on this machine."""


@app.command(epilog="Example: holdfast local token --sub dana --role operator --workspace qa")
def token(
    *,
    sub: Annotated[str, typer.Option(metavar="S", help="Whom the token stands for.")],
    role: Annotated[
        str | None,
        typer.Option(
            metavar="R",
            help="viewer, operator, manager, owner, ADMIN for everything, or MEMBER for what"
            " `holdfast member` says.",
        ),
    ] = None,
    scope: Annotated[str, typer.Option(metavar="…", help="Scopes, separated by spaces.")] = "",
    workspace: Annotated[str | None, typer.Option(metavar="W", help="Else the stack's own.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=8760, help="How long it is good for.")] = 12,
    json: AsJson = False,
) -> None:
    """Mint a token for the local stack.

    It is signed with the secret that the stack keeps in $HOLDFAST_HOME, or .holdfast.
    """
    from holdfast.client.tokens import Grant, mint

    grant = Grant(sub=sub, role=role, scope=scope, workspace=workspace, hours=hours)
    minted = mint(grant, configuration.home())
    if json:
        emit_json(minted._asdict())
    else:
        typer.echo(minted.token)
