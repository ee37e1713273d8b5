"""Typed columns: what a table of rows promises, and whether a value keeps the promise."""

from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any

from holdfast.api.columns import ColumnType
from holdfast.api.documents import MAX_DEPTH, deeper_than
from holdfast.api.schema import DATE_TIME

LARGEST_INTEGER = 2**53 - 1  # what every reader of JSON carries exactly


def misfit(value: Any, kind: ColumnType) -> str | None:
    """The rule that `value`, as read from JSON, breaks in a column of `kind`; None when it fits."""
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


_RULES: dict[ColumnType, tuple[Callable[[Any], bool], str]] = {
    ColumnType.STRING: (_is_string, "must be a string"),
    ColumnType.INTEGER: (_is_integer, f"must be an integer of at most {LARGEST_INTEGER} either way"),
    ColumnType.NUMBER: (_is_number, f"must be a finite number; as an integer, at most {LARGEST_INTEGER}"),
    ColumnType.BOOLEAN: (lambda value: isinstance(value, bool), "must be true or false"),
    ColumnType.DATETIME: (_is_moment, "must be a date-time of RFC 3339 with its zone"),
    ColumnType.JSON: (_is_json, f"must be JSON that others read exactly, at most {MAX_DEPTH} levels deep"),
}
