"""`holdfast hook runs|logs|impact|rerun`: what hooks did, and how to have it done anew."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.output import AsJson, emit_fields, emit_json, emit_table, plain
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.hook_runs import HookRun
    from holdfast.api.impact import QueuedRerun, Reran, Totals

EXAMPLE = "junit-summary"
EXAMPLE_RUN = "run_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
EXAMPLE_PACKAGE = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
Name = Annotated[str, typer.Argument(metavar="HOOK", help="The hook.")]
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The release.")]
SUCCEEDED = "succeeded"


def register(app: typer.Typer) -> None:
    """Add the commands to the group `hook`."""
    app.command(epilog=f"Example: holdfast hook runs --package {EXAMPLE_PACKAGE} --wait")(runs)
    app.command(epilog=f"Example: holdfast hook logs {EXAMPLE_RUN}")(logs)
    app.command(epilog=f"Example: holdfast hook impact {EXAMPLE} 3")(impact)
    app.command(epilog=f"Example: holdfast hook rerun {EXAMPLE} 3 --wait")(rerun)


def runs(  # noqa: PLR0913  a filter each
    context: typer.Context,
    *,
    hook: Annotated[str | None, typer.Option(metavar="HOOK", help="Only this hook's.")] = None,
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only of releases with this number.")
    ] = None,
    package: Annotated[str | None, typer.Option(metavar="PKG", help="Only those on this package.")] = None,
    status: Annotated[str | None, typer.Option(metavar="S", help="Only, e.g., failed ones.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="With --package: wait; exit 1 unless all succeeded.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    json: AsJson = False,
) -> None:
    """List runs of hooks, newest first."""
    if wait and package is None:
        raise typer.BadParameter("--wait waits for the runs on one package: name it with --package")
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
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run.")],
    json: AsJson = False,
) -> None:
    """Show one run: what came of it, and the end of what its code printed."""
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
    """Show what a release made: its runs, their packages and how many rows."""
    with connect(context) as client:
        pages = list(client.hook_runs.impact(name, version))
    items = [item for page in pages for item in page.items]
    if json:
        first = pages[0].model_dump(mode="json", exclude={"items", "next_cursor"})
        emit_json({**first, "items": [item.model_dump(mode="json") for item in items]})
        return
    if pages[0].totals:
        _print_progress(pages[0].totals)
    rows = [[item.run_id, item.package_id, item.feature, item.status, str(item.row_count)] for item in items]
    emit_table(["run", "package", "feature", "status", "rows"], rows)


def rerun(
    context: typer.Context,
    name: Name,
    version: Version,
    *,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for what is queued; exit 1 unless all succeeded.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Run the live release on the packages that a release ran on. Again: nothing is queued twice."""
    with connect(context) as client:
        pages = list(client.hook_runs.rerun(name, version))
        queued = [run for page in pages for run in page.queued]
        waited = client.hook_runs.await_all(run.run_id for run in queued) if wait else ()
    _tell_rerun(pages, queued, {run.id: run.status for run in waited}, json=json)
    raise typer.Exit(0 if all(run.status == SUCCEEDED for run in waited) else 1)


def _tell_rerun(
    pages: "list[Reran]", queued: "list[QueuedRerun]", status_by_run: dict[str, str], *, json: bool
) -> None:
    left_out = [skipped for page in pages for skipped in page.left_out]
    live = pages[0].live_version
    if json:
        told = [{**run.model_dump(mode="json"), "status": status_by_run.get(run.run_id)} for run in queued]
        emit_json(
            {
                "live_version": live,
                "queued": told,
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


def _print_progress(totals: "Totals") -> None:
    statuses = ", ".join(f"{count} {status}" for status, count in totals.by_status.items() if count)
    bound = "" if totals.complete else " at least"
    typer.echo(f"{totals.runs} runs on {totals.packages} packages made{bound} {totals.rows} rows; {statuses}")


def _lines(text: str) -> list[str]:
    return [plain(line) for line in text.splitlines()]
