"""`holdfast ops …`: the operations, which are queued work, with their freshness and next steps."""

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli import watching
from holdfast.cli.output import AsJson, as_json, emit_fields, emit_json, emit_table
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.operations import OperationSummary, OperationView
    from holdfast.api.reconciliation import Sweep

EXAMPLE_ID = "op_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
TEMPLATE = Path("build/package/sam.json")
OperationId = Annotated[str, typer.Argument(metavar="OP", help="The id of the operation.")]

app = typer.Typer(
    help="Show queued work, and end stuck operations.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list", epilog="Example: holdfast ops list --freshness likely_stale")
def list_(  # noqa: PLR0913  each parameter is a filter
    context: typer.Context,
    *,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="T", help="Only operations of this type.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="S", help="Only this status: queued, running or completed.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(metavar="O", help="Only operations with this outcome.")
    ] = None,
    freshness: Annotated[
        str | None, typer.Option(metavar="F", help="Only operations with this freshness.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(metavar="N", help="Only operations of this tenant.")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--ended", help="Only active or only ended operations.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of operations.")] = 50,
    json: AsJson = False,
) -> None:
    """List operations, newest first. The freshness says whether their status can be believed."""
    filters = {
        "type": kind,
        "status": status,
        "outcome": outcome,
        "freshness": freshness,
        "tenant": tenant,
        "active": active,
    }
    with connect(context) as client:
        found = list(islice(client.operations.list(**filters, limit=min(limit, 200)), limit))
    if json:
        emit_json({"items": [operation.model_dump(mode="json") for operation in found]})
        return
    columns = ["operation", "type", "subject", "state", "freshness", "meaning", "created"]
    emit_table(columns, [_row(operation) for operation in found])


@app.command(epilog=f"Example: holdfast ops show {EXAMPLE_ID}")
def show(context: typer.Context, operation_id: OperationId, json: AsJson = False) -> None:
    """Show one operation: its status, the reason, the next steps, and its events."""
    with connect(context) as client:
        operation = client.operations.get(operation_id)
    if json:
        emit_json(operation.model_dump(mode="json"))
        return
    _show(operation)


@app.command(epilog=f"Example: holdfast ops watch {EXAMPLE_ID}")
def watch(context: typer.Context, operation_id: OperationId, json: AsJson = False) -> None:
    """Follow one operation until it ends. Exits 0 when it succeeded, 1 otherwise."""
    with connect(context) as client:
        operation = watching.follow(client, operation_id)
    if json:
        emit_json(operation.model_dump(mode="json"))
    else:
        _show(operation)
    raise typer.Exit(watching.exit_code(operation))


@app.command(epilog="Example: holdfast ops summary")
def summary(context: typer.Context, json: AsJson = False) -> None:
    """Count the operations of the last seven days by status and freshness, and the reconciled ones."""
    with connect(context) as client:
        counted = client.operations.summary()
    if json:
        emit_json(counted.model_dump(mode="json"))
        return
    emit_fields([(f"{status}", f"{count}") for status, count in counted.by_status.items()])
    emit_fields([(f"{fresh}", f"{count}") for fresh, count in counted.by_freshness.items()])
    if counted.reconciled:
        rows = [[day.day, day.type, str(day.count)] for day in counted.reconciled]
        emit_table(["day", "type", "reconciled"], rows)
    if not counted.complete:
        typer.echo("There were too many operations to count them all. Only the newest are counted.", err=True)


@app.command(epilog="Example: holdfast ops reconcile --dry-run")
def reconcile(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the changes, and make none.")] = False,
    kind: Annotated[
        list[str] | None, typer.Option("--type", metavar="T", help="Only this type. Repeatable.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="The largest number of operations to look at.")
    ] = 100,
    json: AsJson = False,
) -> None:
    """Reconcile this workspace now: end overdue operations, or send them to a worker again."""
    with connect(context) as client:
        done = client.operations.reconcile(dry_run=dry_run, types=kind or [], limit=limit)
    if json:
        emit_json(done.model_dump(mode="json"))
        return
    _show_sweep(done)


@app.command(epilog=f"Example: holdfast ops cancel {EXAMPLE_ID}")
def cancel(context: typer.Context, operation_id: OperationId, json: AsJson = False) -> None:
    """End a queued operation at once; ask a running one to stop at its next renewal."""
    with connect(context) as client:
        operation = client.operations.cancel(operation_id)
    if json:
        emit_json(operation.model_dump(mode="json"))
        return
    typer.echo(f"{operation.id}: {_cancelled(operation)}")


@app.command("check-lifecycle", epilog="Example: holdfast ops check-lifecycle build/package/sam.json")
def check_lifecycle(
    template: Annotated[
        Path, typer.Argument(metavar="TEMPLATE", help="A template that `make package` generated.")
    ] = TEMPLATE,
    json: AsJson = False,
) -> None:
    """Compare a deployment template with the lifecycle policy. Exits 1 when a rule is broken."""
    from holdfast.api.policy import violations
    from holdfast.cli.lifecycle import deployment, read_template

    broken = violations(deployment(read_template(template)))
    if json:
        emit_json({"violations": broken})
    else:
        typer.echo("\n".join(broken) or "every rule of the lifecycle policy holds")
    raise typer.Exit(1 if broken else 0)


def _cancelled(operation: "OperationSummary") -> str:
    if operation.active:
        return f"will stop at its next renewal ({operation.freshness})"
    label = operation.reason.label.lower()
    return label if operation.reason.code == "run.cancelled" else f"has ended already: {label}"


def _row(operation: "OperationSummary") -> list[str]:
    state = operation.outcome if not operation.active else operation.status
    return [
        operation.id,
        operation.type,
        operation.subject.id,
        state,
        operation.freshness,
        operation.reason.label,
        f"{operation.created_at:%Y-%m-%d %H:%M}",
    ]


def _show(operation: "OperationView") -> None:
    counts = ", ".join(f"{count} {name}" for name, count in operation.summary_counts.items())
    emit_fields(
        [
            ("id", operation.id),
            ("type", operation.type),
            ("subject", f"{operation.subject.kind} {operation.subject.id}"),
            ("status", f"{operation.status} ({operation.freshness})"),
            ("outcome", operation.outcome),
            ("meaning", f"{operation.reason.label}: {operation.reason.explanation}"),
            ("next", " ".join(operation.next_steps)),
            ("attempt", operation.attempt),
            ("progress", watching.how_far(operation)),
            ("counts", counts),
            ("failures", "; ".join(f"{failure.code}: {failure.message}" for failure in operation.failures)),
            (
                "evidence",
                as_json(operation.reconciliation.evidence) if operation.reconciliation else "",
            ),
            ("late result", operation.late_result.outcome if operation.late_result else ""),
        ]
    )
    rows = [[f"{event.at:%H:%M:%S}", event.action, event.actor] for event in operation.timeline]
    emit_table(["at", "what", "who"], rows)


def _show_sweep(done: "Sweep") -> None:
    would = "would be " if done.dry_run else ""
    sys.stdout.write(
        f"{done.inspected} overdue: {done.reconciled} {would}ended,"
        f" {done.redispatched} {would}sent again, {done.skipped} skipped\n"
    )
    if done.changes:
        rows = [
            [change.operation_id, change.type, change.change, change.reason_code or ""]
            for change in done.changes
        ]
        emit_table(["operation", "type", "change", "reason"], rows)
