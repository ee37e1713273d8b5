"""Shapes of the fields in JSON reports. pydantic checks them and stops at the first that does not fit."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdfast.api.messages import rule_in_words
from holdfast.producers.documents import UnreadableReport
from holdfast.producers.findings import MAX_TEXT

# No report counts more, and the sum over all reports of a directory stays exact in JSON.
MAX_COUNT = 1_000_000_000
Text = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_TEXT)]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
Item = TypeVar("Item")
# Without `fail_fast`, each of very many wrong entries would become an error object.
Many = Annotated[list[Item], Field(fail_fast=True)]


class Fields(BaseModel):
    """The fields that are read; a report may have any others."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Read = TypeVar("Read", bound=Fields)


def fields(model: type[Read], report: dict[str, Any]) -> Read:
    """Return the fields of `report`.

    Raises `UnreadableReport`, which names the first field that does not fit.
    """
    try:
        return model.model_validate(report)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:MAX_TEXT]
        raise UnreadableReport(f"has no usable `{where}`: it {rule_in_words(first)[:MAX_TEXT]}") from error
