from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.validation.columns import LARGEST_INTEGER, misfit
from holdfast.api.columns import MAX_COLUMNS, Column, Columns, ColumnType

FITTING: list[tuple[ColumnType, Any]] = [
    (ColumnType.STRING, ""),
    (ColumnType.STRING, "\u6f22\0"),
    (ColumnType.INTEGER, 0),
    (ColumnType.INTEGER, -LARGEST_INTEGER),
    (ColumnType.INTEGER, 1.0),
    (ColumnType.NUMBER, 0.5),
    (ColumnType.NUMBER, 3),
    (ColumnType.BOOLEAN, False),
    (ColumnType.DATETIME, "2026-03-14T15:09:26Z"),
    (ColumnType.DATETIME, "2026-03-14 15:09:26.5+02:00"),
    (ColumnType.JSON, None),
    (ColumnType.JSON, {"a": [1, None, {"b": "c"}]}),
]
BREAKING: list[tuple[ColumnType, Any]] = [
    (ColumnType.STRING, 1),
    (ColumnType.STRING, None),
    (ColumnType.STRING, "\ud800"),
    (ColumnType.INTEGER, True),
    (ColumnType.INTEGER, 1.5),
    (ColumnType.INTEGER, "1"),
    (ColumnType.INTEGER, LARGEST_INTEGER + 1),
    (ColumnType.INTEGER, float("inf")),
    (ColumnType.NUMBER, float("nan")),
    (ColumnType.NUMBER, float("-inf")),
    (ColumnType.NUMBER, True),
    (ColumnType.NUMBER, 10**400),
    (ColumnType.BOOLEAN, 0),
    (ColumnType.BOOLEAN, "true"),
    (ColumnType.DATETIME, "2026-03-14"),
    (ColumnType.DATETIME, "2026-03-14T15:09:26"),
    (ColumnType.DATETIME, "2026-13-14T15:09:26Z"),
    (ColumnType.DATETIME, 1773500966),
    (ColumnType.JSON, float("nan")),
    (ColumnType.JSON, {"a": ["\ud800"]}),
    (ColumnType.JSON, {"\ud800": 1}),
    (ColumnType.JSON, [2**60]),
]


@pytest.mark.parametrize(("kind", "value"), FITTING)
def test_a_value_of_the_type_fits(kind: ColumnType, value: Any) -> None:
    assert misfit(value, kind) is None


@pytest.mark.parametrize(("kind", "value"), BREAKING)
def test_a_value_of_another_type_is_told_the_rule(kind: ColumnType, value: Any) -> None:
    assert str(misfit(value, kind)).startswith("must be ")


def test_json_that_nests_too_deep_does_not_fit() -> None:
    deep: Any = 1
    for _ in range(65):
        deep = [deep]
    assert misfit(deep, ColumnType.JSON)
    assert misfit(deep[0], ColumnType.JSON) is None


def columns(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in names]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ([], "at least 1"),
        (columns("a", "b", "a"), "must not name columns twice: a"),
        (columns(*(f"c{number}" for number in range(MAX_COLUMNS + 1))), "MAX_COLUMNS"),
        (columns("1a"), "pattern"),
        ([{"name": "a", "type": "text"}], "'string', 'integer'"),
        ([{"name": "a", "type": "string", "required": "yes"}], "boolean"),
        ([{"name": "a", "type": "string", "colour": "red"}], "Extra"),
    ],
)
def test_columns_that_break_a_rule_are_refused(given: list[Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        TypeAdapter(Columns).validate_python(given)


def test_a_column_is_not_required_unless_it_says_so() -> None:
    assert Column.model_validate({"name": "a", "type": "json"}).required is False
