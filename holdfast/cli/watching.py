"""Progress of an operation on stderr: one changing line on a terminal, else one line for each change."""

import sys
from typing import TYPE_CHECKING

from holdfast.cli import failures

if TYPE_CHECKING:
    from holdfast.api.operations import OperationSummary, OperationView
    from holdfast.sdk import Client


def follow(client: "Client", operation_id: str) -> "OperationView":
    """Show the progress of the operation on stderr until it has ended. Return the ended operation."""
    last = ""
    for operation in client.operations.watch(operation_id):
        state = f"{operation.reason.label} ({operation.freshness})"
        line = f"{operation.id} {operation.type}: {state} {how_far(operation)}".rstrip()
        if line != last:
            _print_progress(line, last)
            last = line
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return operation


def how_far(operation: "OperationSummary") -> str:
    """Return the progress in words, such as `2 of 5 files`, or an empty text while it is not known."""
    progress = operation.progress
    if not operation.active or not progress.done:
        return ""
    total = f" of {progress.total}" if progress.total is not None else ""
    # the service sends the unit in the plural
    last = progress.done if progress.total is None else progress.total
    unit = progress.unit.removesuffix("s") if last == 1 else progress.unit
    return f"{progress.done}{total} {unit}".rstrip()


def report_end(operation: "OperationSummary") -> None:
    """Print on stderr what the end of the operation means, and the next steps."""
    reason = operation.reason
    failures.say(reason.code, f"{reason.label}: {reason.explanation}.", " ".join(operation.next_steps))


def exit_code(operation: "OperationSummary") -> int:
    """Return 0 when the operation succeeded, 1 when it ended otherwise."""
    return 0 if operation.outcome == "succeeded" else 1


def _print_progress(line: str, last: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line:<{len(last)}}")
    else:
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
