"""`holdfast hold …`: named reasons to keep a package, whatever its date."""

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.output import AsJson, emit_json, emit_table
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.retention import Hold

EXAMPLE = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8 case-7"
PackageId = Annotated[str, typer.Argument(metavar="PKG", help="The id of the package.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the hold on this package.")]
Why = Annotated[str, typer.Option(metavar="TEXT", help="The reason. It is recorded.")]

app = typer.Typer(
    help="Keep packages beyond their expiry, with a named hold for each case.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(epilog=f"Example: holdfast hold apply {EXAMPLE} --reason 'a dispute'")
def apply(
    context: typer.Context, package_id: PackageId, name: Name, *, reason: Why, json: AsJson = False
) -> None:
    """Apply a hold. It keeps the package until it is released. A package may have several holds."""
    with connect(context) as client:
        holds = client.holds.apply(package_id, name, reason=reason).holds
    _show(holds, json=json)


@app.command(epilog=f"Example: holdfast hold release {EXAMPLE} --reason 'the case is settled'")
def release(
    context: typer.Context, package_id: PackageId, name: Name, *, reason: Why, json: AsJson = False
) -> None:
    """Release one hold of a package. The other holds stay."""
    with connect(context) as client:
        holds = client.holds.release(package_id, name, reason=reason).holds
    _show(holds, json=json)


@app.command("list", epilog=f"Example: holdfast hold list {EXAMPLE.split(maxsplit=1)[0]}")
def list_(context: typer.Context, package_id: PackageId, json: AsJson = False) -> None:
    """List the holds on a package, oldest first."""
    with connect(context) as client:
        holds = client.holds.list(package_id)
    _show(holds, json=json)


def _show(holds: "list[Hold]", *, json: bool) -> None:
    if json:
        emit_json({"items": [hold.model_dump(mode="json") for hold in holds]})
        return
    rows = [[hold.name, hold.reason, hold.applied_by, f"{hold.applied_at:%Y-%m-%d %H:%M}"] for hold in holds]
    emit_table(["hold", "why", "who", "since"], rows)
