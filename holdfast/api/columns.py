"""Typed columns of a table of rows."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from holdfast.api.patterns import COLUMN_NAME
from holdfast.api.schema import Flag, Request

MAX_COLUMNS = 100


class ColumnType(StrEnum):
    """The type of the values in a column."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    JSON = "json"


class Column(Request):
    """One column. Every row must have a value for a `required` column."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=COLUMN_NAME,
        description="A letter or `_`, then letters, digits, `_`, `.` or `-`.",
    )
    type: ColumnType
    required: Flag = False


def _named_once(columns: list[Column]) -> list[Column]:
    names = [column.name for column in columns]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"must not name columns twice: {', '.join(repeated)}")
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"must have at most {MAX_COLUMNS} (MAX_COLUMNS) columns, not {len(columns)}")
    return columns


Columns = Annotated[list[Column], Field(min_length=1), AfterValidator(_named_once)]
