"""The vocabulary of types that requests and entities of every domain are made of."""

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

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d")
SLUG = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$"


_building = RLock()


class _BuiltOnFirstUse(BaseModel):
    """A process uses a few of all models, so each builds its validator when it is first needed.

    That spares an eighth of what a cold start imports. pydantic's own building on first use is not
    safe between threads: one could meet the validator of the parent class while another builds.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """As in pydantic, one thread at a time; whoever waited finds the work done."""
        with _building:
            return super().model_rebuild(**options)


class Request(_BuiltOnFirstUse):
    """What a client sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Entity(_BuiltOnFirstUse):
    """What is kept and answered: immutable, changed by `model_copy`."""


def _any_text(value: Any) -> str:
    # pydantic's own `str` refuses lone surrogates before the path rules can name the rule
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004  pydantic reports ValueError only
    return value


def whole(value: Any) -> Any:
    """A validator: what JSON has for an integer, as one."""
    # JSON has one kind of number: 1.0 is an integer there (JSON Schema, "integer"), and `true` is none
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _rfc3339(value: Any) -> Any:
    # pydantic would take a number for seconds since 1970
    if isinstance(value, str) and not DATE_TIME.match(value):
        raise ValueError("must be a date-time of RFC 3339, such as 2026-03-14T15:09:26Z")
    return value


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 lower-case hex digits.")]
Slug = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=SLUG,
        description="Lower-case letters, digits and single `.`, `_` or `-` between them.",
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
Limit = Annotated[int, Field(ge=1, le=200, description="Items a page at most.")]
