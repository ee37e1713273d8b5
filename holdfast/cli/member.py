"""`holdfast member …`: the members of the workspace, with their roles and tenants."""

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.output import AsJson, emit_fields, emit_json, emit_table
from holdfast.cli.program import connect
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.api.members import Member

UserId = Annotated[str, typer.Argument(metavar="USER", help="The `sub` of the member's tokens.")]

app = typer.Typer(
    help="Manage the members of the workspace, their roles and tenants.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: holdfast member list")
def list_(context: typer.Context, json: AsJson = False) -> None:
    """List the members in the service's table, in the order in which they were added.

    People who have access through their token alone are not in the list.
    """
    with connect(context) as client:
        found = list(client.members.list())
    if json:
        emit_json({"items": [member.model_dump(mode="json") for member in found]})
        return
    rows = [
        [member.user_id, member.role, _tenants(member), f"{member.added_at:%Y-%m-%d}", member.added_by]
        for member in found
    ]
    emit_table(["member", "role", "tenants", "since", "added by"], rows)


@app.command(epilog="Example: holdfast member add dana@example.org --role operator --tenant red")
def add(
    context: typer.Context,
    user_id: UserId,
    *,
    role: Annotated[
        str, typer.Option(metavar="R", help="The role: viewer, operator, manager or owner.")
    ] = "viewer",
    tenant: Annotated[
        list[str] | None,
        typer.Option(metavar="T", help="A tenant that the member may see, or '*' for all. Repeatable."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Add a member. Without options, the member is a viewer without tenants."""
    with connect(context) as client:
        member = client.members.add(user_id, role=role, tenants=tenant or [])
    _show(member, json)


@app.command(epilog="Example: holdfast member role dana@example.org manager")
def role(
    context: typer.Context,
    user_id: UserId,
    role: Annotated[
        str | None, typer.Argument(metavar="[ROLE]", help="The new role. [default: no change]")
    ] = None,
    *,
    tenant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="T",
            help="A tenant that the member may see, or '*' for all. Replaces the old ones. Repeatable.",
        ),
    ] = None,
    no_tenants: Annotated[
        bool, typer.Option("--no-tenants", help="Remove all tenants from the member.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Give a member another role, other tenants, or both. The change applies to the next request."""
    tenants = _wanted(tenant, none=no_tenants)
    if role is None and tenants is None:
        raise InputError("NOTHING_TO_CHANGE", "Name a role, --tenant or --no-tenants.")
    with connect(context) as client:
        member = client.members.change(user_id, role=role, tenants=tenants)
    _show(member, json)


@app.command(epilog="Example: holdfast member remove dana@example.org")
def remove(context: typer.Context, user_id: UserId, json: AsJson = False) -> None:
    """End a membership, from the next request on. The last owner cannot be removed."""
    with connect(context) as client:
        client.members.remove(user_id)
    _gone(user_id, json)


@app.command(epilog="Example: holdfast member leave")
def leave(context: typer.Context, json: AsJson = False) -> None:
    """End your own membership. The last owner cannot leave."""
    with connect(context) as client:
        client.members.leave()
    _gone(None, json)


def _wanted(tenants: list[str] | None, *, none: bool) -> list[str] | None:
    if tenants and none:
        raise InputError("CONTRADICTION", "Use either --tenant or --no-tenants, not both.")
    return [] if none else tenants or None


def _show(member: "Member", json: bool) -> None:
    if json:
        emit_json(member.model_dump(mode="json"))
        return
    emit_fields([("member", member.user_id), ("role", member.role), ("tenants", _tenants(member))])


def _gone(user_id: str | None, json: bool) -> None:
    if json:
        emit_json({"removed": user_id})
        return
    typer.echo(f"{user_id} is no longer a member" if user_id else "you are no longer a member")


def _tenants(member: "Member") -> str:
    return " ".join(member.tenants)
