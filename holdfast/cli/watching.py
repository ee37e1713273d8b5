"""Following a run from the command line: a line on a terminal that moves, or one line a change."""

import sys
from typing import TYPE_CHECKING

from holdfast.cli import failures

if TYPE_CHECKING:
    from holdfast.api.operations import OperationSummary, OperationView
    from holdfast.sdk import Client


def follow(client: "Client", operation_id: str) -> "OperationView":
    """Show how the run goes on, on stderr, until it has ended; the run as it ended."""
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
    """How far the work is, in words; empty while nothing is known."""
    progress = operation.progress
    if not operation.active or not progress.done:
        return ""
    total = f" of {progress.total}" if progress.total is not None else ""
    return f"{progress.done}{total} {progress.unit}".rstrip()


def tell_why(operation: "OperationSummary") -> None:
    """Say on stderr what the end of the run means, and what to do now."""
    reason = operation.reason
    failures.say(reason.code, f"{reason.label}: {reason.explanation}.", " ".join(operation.next_steps))


def exit_code(operation: "OperationSummary") -> int:
    """0 when the run succeeded, 1 when it ended otherwise."""
    return 0 if operation.outcome == "succeeded" else 1


def _print_progress(line: str, last: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line:<{len(last)}}")
    else:
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
