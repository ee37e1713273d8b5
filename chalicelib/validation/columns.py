"""Typed columns: the rule of each column type, and the check of a value against it."""

from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any

from holdfast.api.columns import ColumnType
from holdfast.api.documents import MAX_DEPTH, deeper_than
from holdfast.api.schema import DATE_TIME

LARGEST_INTEGER = 2**53 - 1  # every reader of JSON carries integers up to this exactly


def misfit(value: Any, kind: ColumnType) -> str | None:
    """Return the rule that `value`, as read from JSON, breaks in a column of `kind`; None when it fits."""
    fits, rule = _RULES[kind]
    return None if fits(value) else rule


def _is_string(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _is_integer(value: Any) -> bool:
    # JSON has one kind of number: 1.0 is an integer there (JSON Schema, "integer")
    return _is_number(value) and abs(value) <= LARGEST_INTEGER and value == int(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= LARGEST_INTEGER if isinstance(value, int) else isfinite(value)


def _is_moment(value: Any) -> bool:
    if not _is_string(value) or not DATE_TIME.match(value):
        return False
    try:
        return datetime.fromisoformat(value.upper()).tzinfo is not None
    except ValueError:
        return False


def _is_json(value: Any) -> bool:
    return not deeper_than(MAX_DEPTH, value) and all(_is_leaf(leaf) for leaf in _leaves(value))


def _is_leaf(value: Any) -> bool:
    return value is None or isinstance(value, bool) or _is_string(value) or _is_number(value)


def _leaves(value: Any) -> list[Any]:
    found: list[Any] = []
    level = [value]
    while level:
        part = level.pop()
        if isinstance(part, dict):
            found += part.keys()
            level += part.values()
        elif isinstance(part, list):
            level += part
        else:
            found.append(part)
    return found


_RANGE = f"from -{LARGEST_INTEGER} to {LARGEST_INTEGER}"

_RULES: dict[ColumnType, tuple[Callable[[Any], bool], str]] = {
    ColumnType.STRING: (_is_string, "must be a string"),
    ColumnType.INTEGER: (_is_integer, f"must be an integer {_RANGE}"),
    ColumnType.NUMBER: (_is_number, f"must be a finite number, and as an integer {_RANGE}"),
    ColumnType.BOOLEAN: (lambda value: isinstance(value, bool), "must be true or false"),
    ColumnType.DATETIME: (_is_moment, "must be a date-time with a time zone, such as 2026-03-14T15:09:26Z"),
    ColumnType.JSON: (_is_json, f"must be JSON that others read exactly, at most {MAX_DEPTH} levels deep"),
}
