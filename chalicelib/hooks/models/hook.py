"""What a hook is, what its contract says of a row, and what is asked; pure (docs/concepts/hooks.md)."""

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
    """What the audit chain of a hook tells (`source:subject:verb`)."""

    CREATED = "hooks:hook:created"
    RELEASED = "hooks:release:added"
    MOVED = "hooks:pointer:moved"


class Difference(NamedTuple):
    """One thing in which what was sent differs from what is fixed; None where one side has nothing."""

    what: str
    fixed: Any
    sent: Any


def differences(hook: Hook, feature: str, contract: Columns) -> list[Difference]:
    """In what `feature` and `contract` differ from the hook's; the order of columns makes no difference."""
    found = [] if feature == hook.feature else [Difference("feature", hook.feature, feature)]
    fixed, sent = _by_name(hook.contract), _by_name(contract)
    for name in sorted(fixed.keys() | sent.keys()):
        before, after = fixed.get(name), sent.get(name)
        if before != after:
            found.append(Difference(f"contract.{name}", before, after))
    return found


def read_row(line: bytes, *, number: int, contract: list[Column]) -> dict[str, Any]:
    """The row on `line`, which is the `number`th (from 1) of the hook's output.

    Raises `Invalid` (ROW_NOT_OF_CONTRACT) whose details name `line`, `column` (None: the whole line)
    and `rule` (docs/concepts/hooks.md).
    """
    if len(line) > MAX_ROW_BYTES:
        rule = f"is {len(line)} bytes; at most {MAX_ROW_BYTES} (MAX_ROW_BYTES) are allowed"
        raise _broken(number, None, rule)
    row = _parse(line, number)
    for column, rule in misfits(row, contract):
        raise _broken(number, column, rule)
    return row


def misfits(row: dict[str, Any], contract: list[Column]) -> Iterator[tuple[str, str]]:
    """Each column of `row` that breaks the contract, with the rule; null counts as absent, but in `json`."""
    columns = {column.name: column for column in contract}
    for name in row.keys() - columns.keys():
        yield name, "is no column of the contract"
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
        raise _broken(number, None, f"is no JSON: {str(error).partition(': line')[0]}") from error
    if not isinstance(row, dict):
        raise _broken(number, None, "is no JSON object")
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return named


def _broken(number: int, column: str | None, rule: str) -> Invalid:
    where = f"column {column!r} " if column is not None else ""
    message = f"Line {number}: {where}{rule}."
    return Invalid(ROW_NOT_OF_CONTRACT, message[:500], line=number, column=column, rule=rule[:400])
