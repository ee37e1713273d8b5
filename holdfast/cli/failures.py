"""Errors on stderr, for people and for scripts. The only table of exit codes is here."""

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from holdfast.api.messages import WHOLE_BODY, quantity, rule_sentence
from holdfast.cli.output import as_json, plain
from holdfast.errors import ApiError, HoldfastError, InputError

BAD = 1
REFUSED = 2
BROKEN = 3
INVALID_REQUEST = "INVALID_REQUEST"

# statuses of 4xx that say nothing against the request
OF_THE_SERVICE = {408, 429}
CODES_OF_THE_SERVICE = {"INCOMPLETE_PACKAGE"}

NEXT_STEPS = {
    "DISPOSAL_INCOMPLETE": "Run the command again, or wait for the next sweep. Both continue the deletion.",
    "CONVENTION_NOT_MET": "Fix each and ingest it again. See the rules: holdfast convention show SLUG",
    "DUPLICATE_PATH": "Those files changed after they were planned. Ingest the directory into a new package.",
    "FORBIDDEN": "Ask an owner of the workspace for a role that allows this.",
    "HOLD_EXISTS": "Use another name for another case. See the holds on the package: holdfast hold list PKG",
    "HOLD_NOT_FOUND": "See the holds on the package: holdfast hold list PKG",
    "HOOK_CONTRACT_CONFLICT": "Keep the hook's feature and contract, or use another name for a new hook.",
    "INCOMPLETE_PACKAGE": "Upload the missing files: holdfast ingest DIR --resume PKG",
    "INTERNAL_ERROR": "Report this error with the text above.",
    "INTERRUPTED": "Run the command again.",
    "INVALID_STATE": "See the status of the package: holdfast package show PKG",
    "NOT_ELIGIBLE": "See why the package is kept, and until when: holdfast retention explain PKG",
    "NOT_FOUND": "Check the id and the workspace: holdfast package list, holdfast ops list",
    "RETENTION_SHORTENED": "Choose a later date or a longer class. See both: holdfast retention show PKG",
    "UNAUTHENTICATED": "Get a valid token. Then run: holdfast login",
    "UNKNOWN_CONVENTION": "See the conventions: holdfast convention list",
    "UNKNOWN_RELEASE": "See the releases of the hook: holdfast hook releases NAME",
    "UNREADABLE": "Make the file readable, or remove it from the directory.",
    "WORKSPACE_REQUIRED": "Name a workspace: holdfast --workspace W …, or set HOLDFAST_WORKSPACE.",
}


def report(error: HoldfastError, *, option_by_field: Mapping[str, str] | None = None) -> int:
    """Print `CODE: message`, each broken rule and a next step on stderr. Return the exit code.

    A field that came from the command line is named by its option, such as `--class`.
    """
    errors = _errors(error.details, option_by_field or {})
    message = _invalid_message(error, errors) if error.code == INVALID_REQUEST and errors else error.message
    # one broken rule is the message itself; several are listed below it
    listed = [] if error.code == INVALID_REQUEST and len(errors) == 1 else _lines(errors)
    broken = [*listed, *_differences(error.details)]
    say(error.code, message, error.next_step or _next_step(error), broken=broken)
    return exit_code(error)


def report_fault(error: Exception) -> int:
    """Print a fault of the program with its traceback. Return the exit code."""
    typer.echo("".join(traceback.format_exception(error)), err=True)
    say("INTERNAL_ERROR", f"The program failed: {type(error).__name__}.", NEXT_STEPS["INTERNAL_ERROR"])
    return BROKEN


def report_interruption() -> int:
    """Print that the command was interrupted. Return the exit code."""
    say("INTERRUPTED", "The command was stopped before it was done.", NEXT_STEPS["INTERRUPTED"])
    return BROKEN


def report_usage(error: typer.TyperException) -> int:
    """Print the mistake in the command line and the help command. Return the exit code."""
    context: typer.Context | None = getattr(error, "ctx", None)
    command = context.command_path if context else "holdfast"
    say("INVALID_USAGE", error.format_message(), f"See the arguments and options: {command} --help")
    return REFUSED


def say(code: str, message: str, next_step: str, *, broken: Sequence[str] = ()) -> None:
    """Print `CODE: message` on stderr, then each line of `broken`, then the next step."""
    typer.echo(f"{code}: {plain(message)}", err=True)
    for line in broken:
        typer.echo(f"  {plain(line)}", err=True)
    if next_step:
        typer.echo(f"  next: {plain(next_step)}", err=True)


def exit_code(error: HoldfastError) -> int:
    """Return 2 when the same command can never succeed, else 3."""
    if isinstance(error, InputError):
        return REFUSED
    if not isinstance(error, ApiError) or error.code in CODES_OF_THE_SERVICE:
        return BROKEN
    refused = 400 <= error.status < 500 and error.status not in OF_THE_SERVICE  # noqa: PLR2004  HTTP's own ranges
    return REFUSED if refused else BROKEN


def _errors(details: Mapping[str, Any], option_by_field: Mapping[str, str]) -> list[tuple[str, str]]:
    found = _objects(details, "errors", "field", "rule")
    return [(_option(str(error["field"]), option_by_field), str(error["rule"])) for error in found]


def _option(field: str, option_by_field: Mapping[str, str]) -> str:
    name, _, rest = field.partition(".")
    # `tenants.0` is the first --tenant; `limits.timeout_s` is a field of a file, not an option
    return option_by_field.get(name, field) if not rest or rest.isdigit() else field


def _invalid_message(error: HoldfastError, errors: Sequence[tuple[str, str]]) -> str:
    if len(errors) == 1:
        return f"{rule_sentence(*errors[0])}."
    if isinstance(error, ApiError):  # the service lists the first ones, and its message counts all
        return error.message
    return f"The request breaks {quantity(len(errors), 'rule')}."


def _lines(errors: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{'the request' if field == WHOLE_BODY else field}: {rule}" for field, rule in errors]


def _differences(details: Mapping[str, Any]) -> list[str]:
    return [
        f"{found['what']}: fixed {as_json(found['fixed'])}, sent {as_json(found['sent'])}"
        for found in _objects(details, "differences", "what", "fixed", "sent")
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
    return f"If the cause is not clear, report request {request_id}." if request_id else ""
