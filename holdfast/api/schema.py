"""Shared types for the requests and entities of every domain."""

import re
from threading import RLock
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    WithJsonSchema,
)

from holdfast.api import patterns

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d")
SLUG = patterns.SLUG

_building = RLock()


class _BuiltOnFirstUse(BaseModel):
    """A model that builds its validator when it is first needed.

    A process uses only a few of all models. Building on first use makes a cold start shorter by an eighth.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Build the validator as pydantic does, in one thread at a time."""
        # pydantic itself is not safe here: one thread could use the parent's validator while another builds
        with _building:
            return super().model_rebuild(**options)


class Request(_BuiltOnFirstUse):
    """A request of a client. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Entity(_BuiltOnFirstUse):
    """A record that is stored or answered. It is immutable; `model_copy` makes a changed copy."""


def _any_text(value: Any) -> str:
    # the `str` of pydantic refuses lone surrogates; then the path rules could not name their own rule
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004  pydantic reports ValueError only
    return value


def whole(value: Any) -> Any:
    """Return an integer for a float without a fraction, such as 1.0. Return any other value as it is."""
    # in JSON Schema 1.0 is an integer, and `true` is not
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _rfc3339(value: Any) -> Any:
    # pydantic would read a number as seconds since 1970
    if isinstance(value, str) and not DATE_TIME.match(value):
        raise ValueError("must be a date-time of RFC 3339, such as 2026-03-14T15:09:26Z")
    return value


Sha256 = Annotated[str, Field(pattern=patterns.SHA256, description="SHA-256, 64 lower-case hex digits.")]
Slug = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=SLUG,
        description="Lower-case letters, digits, and single `.`, `_` or `-` between them.",
    ),
]
RawText = Annotated[str, PlainValidator(_any_text), WithJsonSchema({"type": "string"})]
Count = Annotated[int, Strict(), Field(ge=0), BeforeValidator(whole)]
Ordinal = Annotated[int, Strict(), Field(ge=1), BeforeValidator(whole)]
Days = Annotated[
    int, Strict(), Field(ge=1, le=36_500, description="Days, 1 to 36,500."), BeforeValidator(whole)
]
Bytes = Annotated[
    int, Strict(), Field(ge=1, le=2**53 - 1, description="Bytes, 1 to 2^53 - 1."), BeforeValidator(whole)
]
DateTime = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]
Flag = Annotated[bool, Strict()]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Limit = Annotated[int, Field(ge=1, le=200, description="The largest number of items on a page.")]
