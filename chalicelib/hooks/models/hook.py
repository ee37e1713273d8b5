"""Compare a hook with what a request sends, and check a row against a contract; pure.

docs/concepts/hooks.md has the terms.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple, NoReturn

from chalicelib.core.errors import Invalid
from chalicelib.validation.columns import misfit
from holdfast.api.codes import ROW_NOT_OF_CONTRACT
from holdfast.api.columns import Column, Columns, ColumnType
from holdfast.api.hooks import Hook

MAX_ROW_BYTES = 64 * 1024


class Action(StrEnum):
    """The actions in the audit chain of a hook (`source:subject:verb`)."""

    CREATED = "hooks:hook:created"
    RELEASED = "hooks:release:added"
    MOVED = "hooks:pointer:moved"


class Difference(NamedTuple):
    """A part of a hook whose value in a request differs from the hook's; None where one side has no value."""

    what: str
    fixed: Any
    sent: Any


def differences(hook: Hook, feature: str, contract: Columns) -> list[Difference]:
    """Return where `feature` and `contract` differ from those of the hook; the order of columns is free."""
    found = [] if feature == hook.feature else [Difference("feature", hook.feature, feature)]
    fixed, sent = _by_name(hook.contract), _by_name(contract)
    for name in sorted(fixed.keys() | sent.keys()):
        before, after = fixed.get(name), sent.get(name)
        if before != after:
            found.append(Difference(f"contract.{name}", before, after))
    return found


def read_row(line: bytes, *, number: int, contract: list[Column]) -> dict[str, Any]:
    """Return the row on a line of the hook's output; `number` counts lines from 1.

    Raises `Invalid` (ROW_NOT_OF_CONTRACT). Its details are `line`, `column` (None for the whole line)
    and `rule`.
    """
    if len(line) > MAX_ROW_BYTES:
        rule = f"is {len(line)} bytes; at most {MAX_ROW_BYTES} (MAX_ROW_BYTES) are allowed"
        raise _broken(number, None, rule)
    row = _parse(line, number)
    for column, rule in misfits(row, contract):
        raise _broken(number, column, rule)
    return row


def misfits(row: dict[str, Any], contract: list[Column]) -> Iterator[tuple[str, str]]:
    """Yield each column of `row` that breaks the contract, with the rule.

    A null counts as absent, except in a column of type `json`.
    """
    columns = {column.name: column for column in contract}
    for name in row.keys() - columns.keys():
        yield name, "is not in the contract"
    for name, column in columns.items():
        value = row.get(name)
        if name not in row or (value is None and column.type is not ColumnType.JSON):
            if column.required:
                yield name, "is required"
        elif rule := misfit(value, column.type):
            yield name, rule


def _by_name(columns: list[Column]) -> dict[str, dict[str, Any]]:
    return {column.name: column.model_dump(mode="json", exclude={"name"}) for column in columns}


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line.decode(), parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _broken(number, None, f"is not JSON: {str(error).partition(': line')[0]}") from error
    if not isinstance(row, dict):
        raise _broken(number, None, "is not a JSON object")
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return named


def _broken(number: int, column: str | None, rule: str) -> Invalid:
    where = f"column {column!r} " if column is not None else ""
    message = f"Line {number}: {where}{rule}."
    return Invalid(ROW_NOT_OF_CONTRACT, message[:500], line=number, column=column, rule=rule[:400])
