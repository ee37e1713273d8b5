"""Globs over package paths: `*` and `?` match inside a segment, `**` matches any number of segments."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _relative(pattern: str) -> str:
    if any(part in ("", ".", "..") for part in pattern.split("/")):
        raise ValueError("must be relative, without empty or dot segments")
    return pattern


Glob = Annotated[
    str,
    Field(
        min_length=1,
        max_length=512,
        description="A path; `*` and `?` match inside a segment, `**` matches any number of segments.",
    ),
    AfterValidator(_relative),
]
