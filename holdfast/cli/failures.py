"""Errors as people read them, and as scripts branch on them: the only table of exit codes."""

import traceback

import typer

from holdfast.cli.output import plain
from holdfast.errors import ApiError, HoldfastError, InputError

BAD = 1
REFUSED = 2
BROKEN = 3

# 4xx that say nothing against what was asked
OF_THE_SERVICE = {408, 429}
CODES_OF_THE_SERVICE = {"INCOMPLETE_PACKAGE"}

NEXT_STEPS = {
    "DUPLICATE_PATH": "Those files changed since they were planned: ingest the directory into a new package.",
    "FORBIDDEN": "Ask an owner of the workspace for a role that allows it.",
    "INCOMPLETE_PACKAGE": "Send what is missing: holdfast ingest DIR --resume PKG",
    "INTERNAL_ERROR": "Report it with what was printed.",
    "INTERRUPTED": "Run the command again.",
    "NOT_FOUND": "Check the id and the workspace: holdfast package list, holdfast ops list",
    "UNAUTHENTICATED": "Get a token that is current, then: holdfast login",
    "UNREADABLE": "Make it readable, or take it out of the directory.",
    "WORKSPACE_REQUIRED": "Name one: holdfast --workspace W …, or HOLDFAST_WORKSPACE.",
}


def report(error: HoldfastError) -> int:
    """Print `CODE: message` and a next step on stderr; the exit code that goes with it."""
    say(error.code, error.message, error.next_step or _next_step(error))
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


def say(code: str, message: str, next_step: str) -> None:
    """`CODE: message`, and on a line of its own what to do, on stderr."""
    typer.echo(f"{code}: {plain(message)}", err=True)
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


def _next_step(error: HoldfastError) -> str:
    known = NEXT_STEPS.get(error.code)
    if known:
        return known
    request_id = error.request_id if isinstance(error, ApiError) else ""
    return f"If it is not clear why, report it with request {request_id}." if request_id else ""
