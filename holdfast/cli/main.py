"""The program: all commands in one list."""

import signal
import sys
from typing import Annotated

import typer

from holdfast.api.version import VERSION
from holdfast.cli import (
    convention,
    doctor,
    download,
    features,
    hold,
    hook,
    hook_runs,
    ingest,
    local,
    login,
    member,
    notifications,
    ops,
    package,
    retention,
    sweep,
    verify,
)
from holdfast.cli.program import Flags, Program

app = typer.Typer(
    name="holdfast",
    cls=Program,
    help="Keep evidence provable: ingest directories, verify them, download them again.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
ingest.register(app)
verify.register(app)
download.register(app)
app.add_typer(package.app, name="package")
app.add_typer(retention.app, name="retention")
app.add_typer(hold.app, name="hold")
app.add_typer(sweep.app, name="sweep")
app.add_typer(ops.app, name="ops")
app.add_typer(member.app, name="member")
hook_runs.register(hook.app)
app.add_typer(hook.app, name="hook")
app.add_typer(features.app, name="features")
app.add_typer(convention.app, name="convention")
notifications.register(app)
doctor.register(app)
login.register(app)
app.add_typer(local.app, name="local")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"holdfast {VERSION}")
        raise typer.Exit


@app.callback(epilog="Example: holdfast --profile staging package list --status finalized")
def root(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The service. [default: HOLDFAST_URL, a profile or a local stack]"),
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(metavar="W", help="The workspace. [default: HOLDFAST_WORKSPACE or the profile's]"),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="A profile that `holdfast login` stored.")
    ] = None,
    version: Annotated[  # noqa: ARG001  its callback prints and ends
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep evidence provable: ingest directories, verify them, download them again."""
    context.obj = Flags(url, workspace, profile)


def main() -> None:
    """Run the program. Without arguments, show its help.

    SIGTERM ends the program as Ctrl-C does, so that it prints how to continue.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # ours are text streams
    app(sys.argv[1:] or ["--help"], prog_name="holdfast")
