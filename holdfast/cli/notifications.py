"""`holdfast notifications`: the ended operations that you asked for."""

from itertools import islice
from typing import Annotated

import typer

from holdfast.cli.output import AsJson, emit_json, emit_table
from holdfast.cli.program import connect


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: holdfast notifications --limit 10")(notifications)


def notifications(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of notices.")] = 50,
    json: AsJson = False,
) -> None:
    """List the operations that you asked for and that have ended, newest first."""
    with connect(context) as client:
        found = list(islice(client.operations.notifications(), limit))
    if json:
        emit_json({"items": [notice.model_dump(mode="json") for notice in found]})
        return
    rows = [
        [f"{notice.at:%Y-%m-%d %H:%M}", notice.operation_id, notice.type, notice.outcome, notice.reason.label]
        for notice in found
    ]
    emit_table(["at", "operation", "type", "outcome", "meaning"], rows)
