"""Typed columns: what a table of rows promises."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from holdfast.api.schema import Flag, Request

MAX_COLUMNS = 100


class ColumnType(StrEnum):
    """What the values of a column are."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    JSON = "json"


class Column(Request):
    """One column: `required` when no row may be without it."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$",
        description="A letter or `_`, then letters, digits, `_`, `.` or `-`.",
    )
    type: ColumnType
    required: Flag = False


def _named_once(columns: list[Column]) -> list[Column]:
    names = [column.name for column in columns]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names columns twice: {', '.join(repeated)}")
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"has {len(columns)} columns; at most {MAX_COLUMNS} (MAX_COLUMNS) are allowed")
    return columns


Columns = Annotated[list[Column], Field(min_length=1), AfterValidator(_named_once)]
