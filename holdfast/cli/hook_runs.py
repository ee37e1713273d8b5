"""`holdfast hook runs|logs|impact|rerun`: the runs of hooks, and their repetition."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.api.messages import quantity
from holdfast.cli.output import AsJson, emit_fields, emit_json, emit_table, plain
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.hook_runs import HookRun
    from holdfast.api.impact import QueuedRerun, Reran, Totals

EXAMPLE = "junit-summary"
EXAMPLE_RUN = "run_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
EXAMPLE_PACKAGE = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
Name = Annotated[str, typer.Argument(metavar="HOOK", help="The name of the hook.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The version of the release.")]
SUCCEEDED = "succeeded"


def register(app: typer.Typer) -> None:
    """Add the commands to the group `hook`."""
    app.command(epilog=f"Example: holdfast hook runs --package {EXAMPLE_PACKAGE} --wait")(runs)
    app.command(epilog=f"Example: holdfast hook logs {EXAMPLE_RUN}")(logs)
    app.command(epilog=f"Example: holdfast hook impact {EXAMPLE} 3")(impact)
    app.command(epilog=f"Example: holdfast hook rerun {EXAMPLE} 3 --wait")(rerun)


def runs(  # noqa: PLR0913  each parameter is a filter
    context: typer.Context,
    *,
    hook: Annotated[str | None, typer.Option(metavar="HOOK", help="Only runs of this hook.")] = None,
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only runs of the release with this version.")
    ] = None,
    package: Annotated[
        str | None, typer.Option(metavar="PKG", help="Only runs on the package with this id.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="S", help="Only runs with this status, such as failed.")
    ] = None,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="With --package: wait until the runs end. Exit 1 unless all succeeded."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of runs.")] = 50,
    json: AsJson = False,
) -> None:
    """List runs of hooks, newest first."""
    if wait and package is None:
        raise typer.BadParameter(
            "it needs --package: it waits for the runs on one package", param_hint="--wait"
        )
    filters = {"hook": hook, "version": version, "package_id": package, "status": status}
    with connect(context) as client:
        waited = client.hook_runs.wait(package) if wait and package else ()
        found = list(islice(client.hook_runs.list(**filters, limit=min(limit, 200)), limit))
    if json:
        emit_json({"items": [run.model_dump(mode="json") for run in found]})
    else:
        _list(found)
    raise typer.Exit(0 if all(run.status == SUCCEEDED for run in waited) else 1)


def logs(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The id of the run.")],
    json: AsJson = False,
) -> None:
    """Show one run: its result, and the end of its output."""
    with connect(context) as client:
        run = client.hook_runs.get(run_id)
    if json:
        emit_json(run.model_dump(mode="json"))
        return
    shown = run.model_dump(mode="json", exclude={"log", "isolation", "workspace"})
    emit_fields([*shown.items(), ("isolation", ", ".join(run.isolation))])
    for name, text in run.log.model_dump().items() if run.log else ():
        if text:
            typer.echo(f"--- {name}")
            typer.echo("\n".join(_lines(text)))


def impact(context: typer.Context, name: Name, version: Version, json: AsJson = False) -> None:
    """Show the impact of a release: its runs, their packages, and the number of rows."""
    with connect(context) as client:
        pages = list(client.hook_runs.impact(name, version))
    items = [item for page in pages for item in page.items]
    if json:
        first = pages[0].model_dump(mode="json", exclude={"items", "next_cursor"})
        emit_json({**first, "items": [item.model_dump(mode="json") for item in items]})
        return
    if pages[0].totals:
        _print_totals(pages[0].totals)
    rows = [[item.run_id, item.package_id, item.feature, item.status, str(item.row_count)] for item in items]
    emit_table(["run", "package", "feature", "status", "rows"], rows)


def rerun(
    context: typer.Context,
    name: Name,
    version: Version,
    *,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the new runs end. Exit 1 unless all succeeded.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Run the live release on all packages that another release ran on.

    After an interruption, run the command again. No run is queued twice.
    """
    with connect(context) as client:
        pages = list(client.hook_runs.rerun(name, version))
        queued = [run for page in pages for run in page.queued]
        waited = client.hook_runs.await_all(run.run_id for run in queued) if wait else ()
    _show_rerun(pages, queued, {run.id: run.status for run in waited}, json=json)
    raise typer.Exit(0 if all(run.status == SUCCEEDED for run in waited) else 1)


def _show_rerun(
    pages: "list[Reran]", queued: "list[QueuedRerun]", status_by_run: dict[str, str], *, json: bool
) -> None:
    left_out = [skipped for page in pages for skipped in page.left_out]
    live = pages[0].live_version
    if json:
        runs_with_status = [
            {**run.model_dump(mode="json"), "status": status_by_run.get(run.run_id)} for run in queued
        ]
        emit_json(
            {
                "live_version": live,
                "queued": runs_with_status,
                "left_out": [skipped.model_dump(mode="json") for skipped in left_out],
            }
        )
        return
    rows = [[run.package_id, f"{status_by_run.get(run.run_id, 'queued')} {run.run_id}"] for run in queued]
    rows += [[skipped.package_id, f"left out: {skipped.reason}"] for skipped in left_out]
    emit_table(["package", "what"], rows)
    typer.echo(f"{pages[0].hook} version {live}: {len(queued)} queued, {len(left_out)} left out")


def _list(found: "Sequence[HookRun]") -> None:
    columns = ["run", "hook", "version", "package", "status", "rows", "why", "created"]
    rows = [
        [
            run.id,
            run.hook,
            str(run.version),
            run.package_id,
            run.status,
            str(run.row_count),
            f"{run.code}: {run.reason}" if run.code else "",
            f"{run.created_at:%Y-%m-%d %H:%M}",
        ]
        for run in found
    ]
    emit_table(columns, rows)


def _print_totals(totals: "Totals") -> None:
    statuses = ", ".join(f"{count} {status}" for status, count in totals.by_status.items() if count)
    bound = "" if totals.complete else " at least"
    runs_made, packages = quantity(totals.runs, "run"), quantity(totals.packages, "package")
    typer.echo(f"{runs_made} on {packages} made{bound} {quantity(totals.rows, 'row')}; {statuses}")


def _lines(text: str) -> list[str]:
    return [plain(line) for line in text.splitlines()]
