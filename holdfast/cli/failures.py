"""Errors as people read them, and as scripts branch on them: the only table of exit codes."""

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from holdfast.cli.output import as_json, plain
from holdfast.errors import ApiError, HoldfastError, InputError

BAD = 1
REFUSED = 2
BROKEN = 3

# 4xx that say nothing against what was asked
OF_THE_SERVICE = {408, 429}
CODES_OF_THE_SERVICE = {"INCOMPLETE_PACKAGE"}

NEXT_STEPS = {
    "DISPOSAL_INCOMPLETE": "Run it again, or wait for the next sweep: both go on.",
    "CONVENTION_NOT_MET": "Mend each and ingest it again; what is demanded: holdfast convention show SLUG",
    "DUPLICATE_PATH": "Those files changed since they were planned: ingest the directory into a new package.",
    "FORBIDDEN": "Ask an owner of the workspace for a role that allows it.",
    "HOLD_EXISTS": "Take another name for another case; those that are on it: holdfast hold list PKG",
    "HOLD_NOT_FOUND": "See which holds are on it: holdfast hold list PKG",
    "HOOK_CONTRACT_CONFLICT": "Release it with what is fixed, or under another name as a new hook.",
    "INCOMPLETE_PACKAGE": "Send what is missing: holdfast ingest DIR --resume PKG",
    "INTERNAL_ERROR": "Report it with what was printed.",
    "INTERRUPTED": "Run the command again.",
    "INVALID_STATE": "See where it stands: holdfast package show PKG",
    "NOT_ELIGIBLE": "See what keeps it, and until when: holdfast retention explain PKG",
    "NOT_FOUND": "Check the id and the workspace: holdfast package list, holdfast ops list",
    "RETENTION_SHORTENED": "Ask for a later date or a longer class: holdfast retention show PKG tells both.",
    "UNAUTHENTICATED": "Get a token that is current, then: holdfast login",
    "UNKNOWN_CONVENTION": "Look at which there are: holdfast convention list",
    "UNKNOWN_RELEASE": "Look at which there are: holdfast hook releases NAME",
    "UNREADABLE": "Make it readable, or take it out of the directory.",
    "WORKSPACE_REQUIRED": "Name one: holdfast --workspace W …, or HOLDFAST_WORKSPACE.",
}


def report(error: HoldfastError) -> int:
    """Print `CODE: message`, each rule that was broken and a next step on stderr; the exit code."""
    say(error.code, error.message, error.next_step or _next_step(error), broken=_broken(error.details))
    return exit_code(error)


def report_fault(error: Exception) -> int:
    """Print what only a fault of the program can be, with its traceback; the exit code."""
    typer.echo("".join(traceback.format_exception(error)), err=True)
    say("INTERNAL_ERROR", f"The program failed: {type(error).__name__}.", NEXT_STEPS["INTERNAL_ERROR"])
    return BROKEN


def report_interruption() -> int:
    """Print that somebody stopped it; the exit code."""
    say("INTERRUPTED", "Stopped before it was done.", NEXT_STEPS["INTERRUPTED"])
    return BROKEN


def report_usage(error: typer.TyperException) -> int:
    """Print what is wrong with the command line, and which help tells more; the exit code."""
    context: typer.Context | None = getattr(error, "ctx", None)
    command = context.command_path if context else "holdfast"
    say("INVALID_USAGE", error.format_message(), f"See what it takes: {command} --help")
    return REFUSED


def say(code: str, message: str, next_step: str, *, broken: Sequence[str] = ()) -> None:
    """`CODE: message`, and on lines of their own what is `broken` and what to do, on stderr."""
    typer.echo(f"{code}: {plain(message)}", err=True)
    for line in broken:
        typer.echo(f"  {plain(line)}", err=True)
    if next_step:
        typer.echo(f"  next: {plain(next_step)}", err=True)


def exit_code(error: HoldfastError) -> int:
    """2 when the same command can never succeed as it stands, else 3."""
    if isinstance(error, InputError):
        return REFUSED
    if not isinstance(error, ApiError) or error.code in CODES_OF_THE_SERVICE:
        return BROKEN
    refused = 400 <= error.status < 500 and error.status not in OF_THE_SERVICE  # noqa: PLR2004  HTTP's own ranges
    return REFUSED if refused else BROKEN


def _broken(details: Mapping[str, Any]) -> list[str]:
    """What the service's `details` say of fields and of differences, a line for each."""
    errors = [f"{found['field']}: {found['rule']}" for found in _objects(details, "errors", "field", "rule")]
    differences = _objects(details, "differences", "what", "fixed", "sent")
    return errors + [
        f"{found['what']}: fixed {as_json(found['fixed'])}, sent {as_json(found['sent'])}"
        for found in differences
    ]


def _objects(details: Mapping[str, Any], name: str, *fields: str) -> list[dict[str, Any]]:
    found = details.get(name)
    listed = found if isinstance(found, list) else []
    return [entry for entry in listed if isinstance(entry, dict) and entry.keys() >= {*fields}]


def _next_step(error: HoldfastError) -> str:
    known = NEXT_STEPS.get(error.code)
    if known:
        return known
    request_id = error.request_id if isinstance(error, ApiError) else ""
    return f"If it is not clear why, report it with request {request_id}." if request_id else ""
