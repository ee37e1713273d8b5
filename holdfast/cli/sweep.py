"""`holdfast sweep …`: do now what the schedules do by themselves."""

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli import watching
from holdfast.cli.output import AsJson, emit_json, emit_table
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from chalicelib.packages.sweeps.models import RetentionPlan

app = typer.Typer(
    help="Do now what the schedules do by themselves.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Do now what the schedules do by themselves."""


@app.command(epilog="Example: holdfast sweep retention --dry-run")
def retention(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Act on at most so many packages.")] = 500,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it; exit 1 when it did not succeed.")] = False,
    json: AsJson = False,
) -> None:
    """Note what expired, set locks that are not confirmed, end disposals; delete where that was turned on.

    Prints the operation that does it.
    """
    from chalicelib.packages.sweeps.models import RetentionPlan

    operation = None
    with connect(context) as client:
        asked = client.retention.sweep(dry_run=dry_run, limit=limit)
        if wait and not isinstance(asked, RetentionPlan):
            operation = watching.follow(client, asked.operation_id)
    if json:
        emit_json(asked.model_dump(mode="json"))
    elif isinstance(asked, RetentionPlan):
        _show_plan(asked)
    else:
        typer.echo(asked.operation_id)
    raise typer.Exit(watching.exit_code(operation) if operation else 0)


def _show_plan(plan: "RetentionPlan") -> None:
    more = "; there is more than the limit" if plan.more else ""
    typer.echo(f"{plan.inspected} looked at, {len(plan.steps)} would be acted on{more}")
    if plan.steps:
        rows = [
            [step.package_id, step.step, f"{step.expires_at:%Y-%m-%d}" if step.expires_at else ""]
            for step in plan.steps
        ]
        emit_table(["package", "what", "ended"], rows)
