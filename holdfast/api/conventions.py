"""Conventions: the rules for packages of one kind."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue

from holdfast.api import documents
from holdfast.api.columns import Columns
from holdfast.api.globs import Glob
from holdfast.api.patterns import SCHEMA_VERSION
from holdfast.api.schema import Entity, Limit, Request, Slug, Text

MAX_SCHEMA_BYTES = 64 * 1024
MAX_REQUIRED_FILES = 50


def _spelled(value: Any) -> Any:
    # YAML reads `version: 1` as a number
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


MetadataSchema = Annotated[
    dict[str, JsonValue],
    BeforeValidator(documents.shallow("MAX_DEPTH")),
    AfterValidator(documents.at_most(MAX_SCHEMA_BYTES, "MAX_SCHEMA_BYTES")),
]


VersionText = Annotated[str, Field(min_length=1, max_length=64, pattern=SCHEMA_VERSION)]
VersionNumber = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Schema(Request):
    """The fields that readers of such packages may rely on.

    An id and a version always have the same fields.
    """

    id: Slug
    version: Annotated[
        str,
        BeforeValidator(_spelled, json_schema_input_type=VersionText | VersionNumber),
        Field(min_length=1, max_length=64, pattern=SCHEMA_VERSION),
    ]
    fields: Columns


class Terms(Request):
    """The rules of a convention, without its hooks."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    slug: Slug
    title: Text
    metadata_schema: MetadataSchema = Field(default_factory=dict)
    required_files: list[Glob] = Field(default_factory=list, max_length=MAX_REQUIRED_FILES)
    schema_: Schema | None = Field(None, alias="schema")


class Convention(Entity):
    """A convention in its present state. `hooks` are names; `revision` counts the changes."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    slug: str
    workspace: str
    title: str
    metadata_schema: dict[str, JsonValue]
    required_files: list[str]
    hooks: list[str]
    schema_: Schema | None = Field(alias="schema")
    created_by: str
    created_at: datetime
    updated_at: datetime
    revision: int


class ConventionPage(Entity):
    """One page of conventions, newest first."""

    items: list[Convention]
    next_cursor: str | None


class ConventionQuery(Request):
    """GET /conventions."""

    limit: Limit = 50
    cursor: str | None = None
