"""Shapes of fields in JSON reports, checked by pydantic and stopped at the first that does not fit."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdfast.producers.documents import UnreadableReport
from holdfast.producers.findings import MAX_TEXT

# No report counts more, and the sum over all reports of a directory stays exact in JSON.
MAX_COUNT = 1_000_000_000
Text = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_TEXT)]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
Item = TypeVar("Item")
# Else each of very many wrong entries would be an error object.
Many = Annotated[list[Item], Field(fail_fast=True)]


class Fields(BaseModel):
    """The fields that are read; a report may have any others."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Read = TypeVar("Read", bound=Fields)


def fields(model: type[Read], report: dict[str, Any]) -> Read:
    """The fields of `report`; raises `UnreadableReport` that names the first that does not fit."""
    try:
        return model.model_validate(report)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))[:MAX_TEXT]
        raise UnreadableReport(f"has no usable `{where}` ({first['msg'][:MAX_TEXT]})") from error
