"""`holdfast doctor`: the protections that the store behind the service enforces."""

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli import failures
from holdfast.cli.output import AsJson, emit_fields, emit_json, emit_table
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from holdfast.api.storage import KeptCertificate

WORDS = {"yes": "enforced", "no": "not enforced", "not_applicable": "not applicable"} | {
    "not_checked": "not checked"
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: holdfast doctor --kept")(doctor)


def doctor(
    context: typer.Context,
    *,
    kept: Annotated[
        bool, typer.Option("--kept", help="Show the latest certificate, without a new check.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check which protections the store enforces.

    The service attacks a canary object in the store. It keeps the result as a dated and signed
    certificate. Exits 0 when the store enforces all protections that Holdfast needs. Exits 1 when one is
    missing, or when the latest certificate is outdated or altered.
    """
    with connect(context) as client:
        certificate = client.storage_certificate() if kept else client.certify_storage()
    if json:
        emit_json(certificate.model_dump(mode="json", by_alias=True))
    else:
        _for_people(certificate)
    sound = certificate.state == "current" and not certificate.gaps
    raise typer.Exit(0 if sound else failures.BAD)


def _for_people(certificate: "KeptCertificate") -> None:
    emit_fields(
        [
            ("certificate", certificate.id),
            ("checked at", f"{certificate.checked_at:%Y-%m-%d %H:%M:%S} UTC"),
            ("store", f"{certificate.backend} ({certificate.endpoint})"),
            ("state", certificate.state.value),
        ]
    )
    rows = [[found.claim.value, WORDS[found.enforced], found.detail] for found in certificate.claims]
    emit_table(["claim", "verdict", "detail"], rows)
    for key in certificate.left_behind:
        typer.echo(f"left behind: {key}")
    for gap in certificate.gaps:
        typer.echo(f"gap: {gap}")
    if not certificate.gaps:
        typer.echo("ok: the store enforces all protections that Holdfast needs")
