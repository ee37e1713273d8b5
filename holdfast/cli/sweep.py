"""`holdfast sweep …`: run a scheduled sweep now."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.api.messages import quantity
from holdfast.cli import watching
from holdfast.cli.output import AsJson, emit_json, emit_table, human_bytes, plain
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.integrity import PlannedPackage, SweepPlan
    from holdfast.api.sweeps import RetentionPlan

SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(|bytes|[kMGT]B|[KMGT]iB)")
Wait = Annotated[bool, typer.Option("--wait", help="Wait until it ends. Exit 1 unless it succeeded.")]
UNITS = {"": 1, "bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12} | {
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}


def parse_size(text: str) -> int:
    """Return the bytes of a size such as `20 GB` or `512MiB`. A number alone means bytes.

    Raises `typer.BadParameter` for any other text.
    """
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text} is not a size; write one such as 20GB or 512MiB")
    return int(float(found[1]) * UNITS[found[2]])


Budget = Annotated[
    int | None,
    typer.Option(
        parser=parse_size,
        metavar="SIZE",
        help="The largest number of bytes to read. [default: the service's]",
    ),
]

app = typer.Typer(help="Run a scheduled sweep now.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Run a scheduled sweep now."""


@app.command(epilog="Example: holdfast sweep retention --dry-run")
def retention(
    context: typer.Context,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the plan, and change nothing.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="The largest number of packages to act on.")
    ] = 500,
    wait: Wait = False,
    json: AsJson = False,
) -> None:
    """Sweep for retention, and print the id of the operation.

    The sweep records expired packages, sets missing locks, and continues unfinished disposals. It deletes
    eligible packages where `holdfast retention policy` turned that on.
    """
    from holdfast.api.sweeps import RetentionPlan

    operation = None
    with connect(context) as client:
        answer = client.retention.sweep(dry_run=dry_run, limit=limit)
        if wait and not isinstance(answer, RetentionPlan):
            operation = watching.follow(client, answer.operation_id)
    if json:
        emit_json(answer.model_dump(mode="json"))
    elif isinstance(answer, RetentionPlan):
        _show_plan(answer)
    else:
        typer.echo(answer.operation_id)
    raise typer.Exit(watching.exit_code(operation) if operation else 0)


@app.command(epilog="Example: holdfast sweep integrity --budget 20GB --wait")
def integrity(
    context: typer.Context,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the plan, and check nothing.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Check packages that are not due yet, too.")
    ] = False,
    budget: Budget = None,
    wait: Wait = False,
    json: AsJson = False,
) -> None:
    """Let the service hash stored bytes again, longest due first, and print the id of the operation.

    The sweep succeeds only when all packages that were due were read and are unchanged.
    """
    with connect(context) as client:
        if dry_run:
            planned = client.integrity.plan(include_recent=everything, budget_bytes=budget)
            _show_checks(planned, json=json)
            return
        queued = client.integrity.sweep(include_recent=everything, budget_bytes=budget)
        operation = watching.follow(client, queued.operation_id) if wait else None
    ended = {"operation": operation.model_dump(mode="json")} if operation else {}
    if json:
        emit_json({**queued.model_dump(mode="json"), **ended})
    else:
        for failure in operation.failures if operation else []:
            typer.echo(f"{failure.code}: {plain(failure.message)}")
        typer.echo(queued.operation_id)
    raise typer.Exit(watching.exit_code(operation) if operation else 0)


def _show_checks(plan: "SweepPlan", *, json: bool) -> None:
    if json:
        emit_json(plan.model_dump(mode="json"))
        return
    more = "; more is due than the budget allows" if plan.more else ""
    packages = quantity(len(plan.packages), "package")
    typer.echo(f"{packages}, {human_bytes(plan.total_bytes)} would be checked{more}")
    if plan.packages:
        emit_table(["package", "size", "due", "last verified"], [_check_row(each) for each in plan.packages])


def _check_row(planned: "PlannedPackage") -> list[str]:
    verified = f"{planned.last_verified_at:%Y-%m-%d %H:%M}" if planned.last_verified_at else "never"
    state = f"{verified} (under way)" if planned.under_way else verified
    return [planned.package_id, human_bytes(planned.total_bytes), f"{planned.due_at:%Y-%m-%d %H:%M}", state]


def _show_plan(plan: "RetentionPlan") -> None:
    more = "; there are more than the limit" if plan.more else ""
    typer.echo(f"{quantity(plan.inspected, 'package')} inspected, {len(plan.steps)} to act on{more}")
    if plan.steps:
        rows = [
            [step.package_id, step.step, f"{step.expires_at:%Y-%m-%d}" if step.expires_at else ""]
            for step in plan.steps
        ]
        emit_table(["package", "action", "expired"], rows)
