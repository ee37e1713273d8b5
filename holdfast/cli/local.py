"""`holdfast local …`: the local stack on this machine."""

from typing import Annotated

import typer

from holdfast.cli.output import AsJson, emit_json
from holdfast.cli.program import name_options
from holdfast.client import configuration

app = typer.Typer(help="Work with the local stack on this machine.", rich_markup_mode=None)


@app.callback()
def local() -> None:
    """Work with the local stack on this machine."""


@app.command(epilog="Example: holdfast local token --sub dana --role operator --workspace qa")
def token(
    context: typer.Context,
    *,
    sub: Annotated[str, typer.Option(metavar="S", help="The subject: the user of the token.")],
    role: Annotated[
        str | None,
        typer.Option(
            metavar="R",
            help="viewer, operator, manager, owner, or ADMIN for everything."
            " With MEMBER, the role comes from `holdfast member`.",
        ),
    ] = None,
    scope: Annotated[str, typer.Option(metavar="…", help="Scopes, separated by spaces.")] = "",
    workspace: Annotated[
        str | None, typer.Option(metavar="W", help="The workspace. [default: that of the stack]")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=8760, help="The lifetime of the token in hours.")] = 12,
    json: AsJson = False,
) -> None:
    """Create a token for the local stack.

    The token is signed with the stack's secret in $HOLDFAST_HOME or .holdfast.
    """
    name_options(context)
    from holdfast.client.tokens import Grant, mint

    grant = Grant(sub=sub, role=role, scope=scope, workspace=workspace, hours=hours)
    minted = mint(grant, configuration.home())
    if json:
        emit_json(minted._asdict())
    else:
        typer.echo(minted.token)
