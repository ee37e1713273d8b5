"""`holdfast package …`: show, verify, delete packages, and mark them as failed."""

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.api.messages import quantity
from holdfast.cli import watching
from holdfast.cli.output import AsJson, as_json, emit_fields, emit_json, emit_table, human_bytes
from holdfast.cli.program import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.api.operations import OperationView
    from holdfast.api.packages import Package, Queued
    from holdfast.api.verifications import FileVerdict, Verdict

EXAMPLE_ID = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
VERIFIED = {"outcome", "freshness", "reason", "next_steps", "summary_counts", "failures", "reconciliation"}
PackageId = Annotated[str, typer.Argument(metavar="PKG", help="The id of the package.")]

app = typer.Typer(
    help="Show packages, verify them, delete them, or mark them as failed.", rich_markup_mode=None
)


@app.command(epilog=f"Example: holdfast package show {EXAMPLE_ID}")
def show(context: typer.Context, package_id: PackageId, json: AsJson = False) -> None:
    """Show one package: status, retention, holds, digest, metadata."""
    with connect(context) as client:
        package = client.packages.get(package_id)
    _show(package, json=json)


@app.command("list", epilog="Example: holdfast package list --status finalized --kind junit")
def list_(
    context: typer.Context,
    *,
    status: Annotated[
        str | None, typer.Option(metavar="S", help="Only packages with this status, such as finalized.")
    ] = None,
    kind: Annotated[str | None, typer.Option(metavar="K", help="Only packages of this kind.")] = None,
    producer: Annotated[str | None, typer.Option(metavar="P", help="Only packages of this producer.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of packages.")] = 50,
    json: AsJson = False,
) -> None:
    """List packages, newest first."""
    filters = {"status": status, "kind": kind, "producer": producer, "limit": min(limit, 200)}
    with connect(context) as client:
        packages = list(islice(client.packages.list(**filters), limit))
    if json:
        emit_json({"items": [package.model_dump(mode="json") for package in packages]})
        return
    columns = ["package", "status", "kind", "name", "files", "size", "created", "expires", "integrity"]
    emit_table(
        columns,
        [
            [
                package.id,
                package.status,
                package.kind,
                package.name,
                str(package.file_count),
                human_bytes(package.total_bytes),
                f"{package.created_at:%Y-%m-%d %H:%M}",
                f"{package.expires_at:%Y-%m-%d}" if package.expires_at else "never",
                package.integrity if package.finalized_at else "",
            ]
            for package in packages
        ],
    )


@app.command(epilog="Example: holdfast package alarms")
def alarms(context: typer.Context, json: AsJson = False) -> None:
    """List the packages whose stored bytes differ, or may differ, from the finalized ones.

    Exits 0 when there are none, 1 otherwise.
    """
    with connect(context) as client:
        found = list(client.integrity.alarms())
    if json:
        emit_json({"items": [alarm.model_dump(mode="json") for alarm in found]})
    elif found:
        rows = [[alarm.package_id, alarm.integrity, _counted(alarm.verdicts)] for alarm in found]
        emit_table(["package", "integrity", "files"], rows)
    else:
        typer.echo("no alarms")
    raise typer.Exit(1 if found else 0)


@app.command(epilog=f"Example: holdfast package files {EXAMPLE_ID} --prefix reports/")
def files(
    context: typer.Context,
    package_id: PackageId,
    prefix: Annotated[str, typer.Option(metavar="P", help="Only paths that start with this text.")] = "",
    json: AsJson = False,
) -> None:
    """List a package's files by path."""
    with connect(context) as client:
        found = list(client.packages.files(package_id, prefix=prefix))
    if json:
        emit_json({"items": [file.model_dump(mode="json") for file in found]})
        return
    rows = [[file.path, human_bytes(file.size), file.state, file.sha256] for file in found]
    emit_table(["path", "size", "state", "sha256"], rows)


@app.command(epilog=f"Example: holdfast package manifest {EXAMPLE_ID} | sha256sum")
def manifest(
    context: typer.Context,
    package_id: PackageId,
    json: AsJson = False,  # noqa: ARG001  a manifest is always JSON
) -> None:
    """Print the manifest byte for byte.

    The manifest is canonical JSON (RFC 8785). The SHA-256 of its bytes is the package's manifest digest.
    """
    with connect(context) as client:
        body = client.packages.manifest_bytes(package_id)
    sys.stdout.buffer.write(body)
    sys.stdout.flush()


@app.command(epilog=f"Example: holdfast package events {EXAMPLE_ID}")
def events(context: typer.Context, package_id: PackageId, json: AsJson = False) -> None:
    """List the events of a package, oldest first."""
    with connect(context) as client:
        found = list(client.packages.events(package_id))
    if json:
        emit_json({"items": [event.model_dump(mode="json") for event in found]})
        return
    rows = [
        [f"{event.at:%Y-%m-%d %H:%M:%S}", event.action, event.actor, event.reason or ""] for event in found
    ]
    emit_table(["at", "what", "who", "why"], rows)


@app.command(epilog=f"Example: holdfast package fail {EXAMPLE_ID} --reason 'the rig lost power'")
def fail(
    context: typer.Context,
    package_id: PackageId,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason. It is recorded.")],
    json: AsJson = False,
) -> None:
    """Mark a package that is not finalized as failed, permanently."""
    with connect(context) as client:
        package = client.packages.fail(package_id, reason)
    _show(package, json=json)


@app.command(epilog=f"Example: holdfast package delete {EXAMPLE_ID} --reason 'nobody needs it'")
def delete(
    context: typer.Context,
    package_id: PackageId,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason. It is recorded.")],
    json: AsJson = False,
) -> None:
    """Delete the bytes of an eligible package, permanently. Its record, manifest and events stay."""
    with connect(context) as client:
        package = client.packages.delete(package_id, reason)
    _show(package, json=json)


@app.command(epilog=f"Example: holdfast package verify {EXAMPLE_ID} --wait")
def verify(
    context: typer.Context,
    package_id: PackageId,
    *,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it ends. Exit 1 when a file is bad.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Let the service hash every stored byte again, and print the id of the operation.

    `holdfast verify` checks the bytes on this machine instead, without trust in the service.
    """
    with connect(context) as client:
        queued = client.packages.start_verification(package_id)
        if not wait:
            _queued(queued, json=json)
            return
        operation = watching.follow(client, queued.operation_id)
        found = list(client.packages.verdicts(package_id, queued.operation_id))
    _verified(operation, found, json=json)
    raise typer.Exit(watching.exit_code(operation))


def _queued(queued: "Queued", *, json: bool) -> None:
    if json:
        emit_json(queued.model_dump(mode="json"))
    else:
        typer.echo(queued.operation_id)


def _verified(operation: "OperationView", found: "list[FileVerdict]", *, json: bool) -> None:
    if json:
        ended = operation.model_dump(mode="json", include=VERIFIED)
        verdicts = [verdict.model_dump(mode="json") for verdict in found]
        ids = {"operation_id": operation.id, "package_id": operation.subject.id}
        emit_json({**ids, **ended, "verdicts": verdicts})
        return
    bad = [[verdict.path, verdict.verdict, verdict.detail or ""] for verdict in found if verdict.detail]
    if bad:
        emit_table(["path", "verdict", "detail"], bad)
    else:
        emit_fields([(failure.code, failure.message) for failure in operation.failures])
    if operation.reconciliation or watching.exit_code(operation):
        watching.report_end(operation)
    typer.echo(operation.id)


def _show(package: "Package", *, json: bool) -> None:
    data = package.model_dump(mode="json")
    if json:
        emit_json(data)
        return
    data["metadata"] = as_json(data["metadata"]) if data["metadata"] else None
    data["holds"] = ", ".join(hold["name"] for hold in data["holds"])
    data["verdicts"] = _counted(package.verdicts)
    data["lock"] = f"{package.lock.state}: {package.lock.detail}" if package.lock else None
    data["disposal"] = _disposal(package)
    data["total_bytes"] = f"{package.total_bytes} ({human_bytes(package.total_bytes)})"
    emit_fields(data.items())


def _counted(verdicts: "Mapping[Verdict, int]") -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items() if count)


def _disposal(package: "Package") -> str | None:
    disposal = package.disposal
    if disposal is None:
        return None
    done = (
        f"{quantity(disposal.objects or 0, 'object')} proven absent"
        if disposal.completed_at
        else "not ended yet"
    )
    return f"{disposal.reason} ({disposal.ordered_by}, {done}), tombstone {disposal.tombstone}"
