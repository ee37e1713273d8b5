"""`holdfast retention …`: the retention of packages: periods, classes, policy and eligibility."""

import re
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.api.messages import quantity
from holdfast.cli.output import AsJson, emit_fields, emit_json, emit_table, human_bytes
from holdfast.cli.program import connect
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.api.retention import ClassPeriod, Explanation

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
EXAMPLE_ID = "pkg_01JQ8ZC5T2M4N6P8R0S2T4V6W8"
PackageId = Annotated[str, typer.Argument(metavar="PKG", help="The id of the package.")]
Why = Annotated[str, typer.Option(metavar="TEXT", help="The reason. It is recorded.")]

app = typer.Typer(
    help="Show and change how long packages are kept.", no_args_is_help=True, rich_markup_mode=None
)


@app.command(epilog=f"Example: holdfast retention show {EXAMPLE_ID}")
def show(context: typer.Context, package_id: PackageId, json: AsJson = False) -> None:
    """Show the retention of a package: its class, its expiry, its holds, and the decision now."""
    with connect(context) as client:
        found = client.retention.explain(package_id)
    if json:
        emit_json(found.model_dump(mode="json", exclude={"rules"}))
        return
    _show(found)


@app.command(epilog=f"Example: holdfast retention explain {EXAMPLE_ID}")
def explain(context: typer.Context, package_id: PackageId, json: AsJson = False) -> None:
    """Explain whether a package may be deleted now, with every rule, date, hold and event."""
    with connect(context) as client:
        found = client.retention.explain(package_id)
    if json:
        emit_json(found.model_dump(mode="json"))
        return
    _show(found)
    rows = [
        [
            rule.rule,
            "met" if rule.met else "NOT MET",
            rule.detail,
            f"{rule.date:%Y-%m-%d %H:%M}" if rule.date else "",
            rule.reference or "",
        ]
        for rule in found.rules
    ]
    emit_table(["rule", "", "why", "date", "event"], rows)


@app.command(epilog=f"Example: holdfast retention extend {EXAMPLE_ID} --days 365 --reason 'audit of 2026'")
def extend(
    context: typer.Context,
    package_id: PackageId,
    *,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Keep it until this date (UTC), such as 2030-01-01.")
    ] = None,
    days: Annotated[int | None, typer.Option(metavar="N", help="Keep it this many days longer.")] = None,
    retention_class: Annotated[
        str | None,
        typer.Option("--class", metavar="C", help="Keep it as this class, from the day it was finalized."),
    ] = None,
    reason: Why,
    json: AsJson = False,
) -> None:
    """Keep a package longer: until a date, by some days, or as a longer class.

    Use exactly one of --until, --days and --class. A retention period is never shortened.
    """
    ways = {"expires_at": _moment(until), "extend_days": days, "retention_class": retention_class}
    promise = {name: value for name, value in ways.items() if value is not None}
    if len(promise) != 1:
        raise InputError("INVALID_REQUEST", "Name exactly one of --until, --days and --class.")
    with connect(context) as client:
        package = client.retention.extend(package_id, **promise, reason=reason)
    if json:
        emit_json(package.model_dump(mode="json"))
        return
    ends = f"until {package.expires_at:%Y-%m-%d %H:%M:%S} UTC" if package.expires_at else "for ever"
    typer.echo(f"{package.id}: kept {ends} as {package.retention_class}")


@app.command(epilog="Example: holdfast retention classes --set raw-evidence=180 --reason 'new contract'")
def classes(
    context: typer.Context,
    *,
    change: Annotated[
        str | None,
        typer.Option("--set", metavar="CLASS=DAYS", help="The new period of a class; `never` means no end."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason. Required with --set.")] = "",
    json: AsJson = False,
) -> None:
    """List the retention classes with their periods in this workspace, or change a period."""
    with connect(context) as client:
        if change is None:
            found = client.retention.classes()
        else:
            name, days = _parsed(change)
            found = client.retention.set_class(name, period_days=days, reason=reason)
    if json:
        emit_json({"items": [kind.model_dump(mode="json") for kind in found]})
        return
    emit_table(["class", "period", "default", ""], [_class_row(kind) for kind in found])


@app.command(
    epilog="Example: holdfast retention policy --auto-delete --grace-days 30 --reason 'storage costs'"
)
def policy(
    context: typer.Context,
    *,
    auto_delete: Annotated[
        bool | None,
        typer.Option("--auto-delete/--keep", help="Turn the deletion of eligible packages on or off."),
    ] = None,
    grace_days: Annotated[
        int, typer.Option(metavar="N", help="Days that a package is eligible before it is deleted.")
    ] = 30,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason. Required for a change.")] = "",
    json: AsJson = False,
) -> None:
    """Show whether the sweep deletes eligible packages in this workspace, or change that."""
    with connect(context) as client:
        if auto_delete is None:
            found = client.retention.policy()
        else:
            found = client.retention.set_policy(auto_delete=auto_delete, grace_days=grace_days, reason=reason)
    if json:
        emit_json(found.model_dump(mode="json"))
        return
    grace = quantity(found.grace_days, "day")
    deletes = f"packages that are eligible for {grace}" if found.auto_delete else "nothing"
    typer.echo(f"the sweep deletes {deletes}")


@app.command(epilog="Example: holdfast retention eligible --limit 20")
def eligible(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of packages.")] = 50,
    json: AsJson = False,
) -> None:
    """List the packages that may be deleted now, earliest expiry first."""
    with connect(context) as client:
        found = list(islice(client.retention.eligible(), limit))
    if json:
        emit_json({"items": [package.model_dump(mode="json") for package in found]})
        return
    rows = [
        [
            package.package_id,
            package.kind,
            package.name,
            human_bytes(package.total_bytes),
            f"{package.expires_at:%Y-%m-%d}" if package.expires_at else "",
        ]
        for package in found
    ]
    emit_table(["package", "kind", "name", "size", "ended"], rows)


def _show(found: "Explanation") -> None:
    lock = f"{found.lock.state}: {found.lock.detail}" if found.lock else ""
    auto = found.auto_delete
    emit_fields(
        [
            ("decision", found.decision.value),
            ("class", found.retention_class.value),
            ("kept until", f"{found.expires_at:%Y-%m-%d %H:%M:%S} UTC" if found.expires_at else "for ever"),
            ("holds", ", ".join(f"{hold.name} ({hold.reason})" for hold in found.holds)),
            ("store's locks", lock),
            ("deleted at", f"{auto.due_at:%Y-%m-%d %H:%M:%S} UTC" if auto.due_at else ""),
        ]
    )


def _moment(until: str | None) -> str | None:
    """Return the start of the day in UTC for a date. Return any other text as it is: it is checked later."""
    return f"{until}T00:00:00Z" if until and DATE.fullmatch(until) else until


def _parsed(change: str) -> tuple[str, int | None]:
    name, _, days = change.partition("=")
    if days != "never" and not (days.isascii() and days.isdigit()):
        rule = "write CLASS=DAYS, such as raw-evidence=180 or raw-evidence=never"
        raise typer.BadParameter(rule, param_hint="--set")
    return name, None if days == "never" else int(days)


def _class_row(kind: "ClassPeriod") -> list[str]:
    changed = "changed here" if kind.overridden else ""
    return [kind.retention_class.value, _days(kind.period_days), _days(kind.seeded_period_days), changed]


def _days(days: int | None) -> str:
    return "for ever" if days is None else quantity(days, "day")
