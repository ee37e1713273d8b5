"""Releases of a hook: code, limits and configuration."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, Strict, model_validator

from holdfast.api import documents
from holdfast.api.columns import Columns
from holdfast.api.globs import Glob
from holdfast.api.schema import Entity, Flag, Ordinal, Request, Slug, Text, whole

MAX_CONFIG_BYTES = 32 * 1024

MAX_ENTRYPOINT_WORDS = 32

MAX_INPUTS = 50

MIN_MEMORY_MIB = 64

MAX_MEMORY_MIB = 10_240

MAX_TIMEOUT_S = 240

MAX_OUTPUT_MIB = 512

DEFAULT_ENTRYPOINT = ["python", "main.py"]

BUNDLE_DIGEST = re.compile(r"[0-9a-f]{64}")

CODE_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")

PUBLISHED = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}:[1-9][0-9]{0,18}"
)


class Runtime(StrEnum):
    """What runs the code of a release."""

    BUNDLE = "bundle"
    LAMBDA = "lambda"


Memory = Annotated[int, Strict(), Field(ge=MIN_MEMORY_MIB, le=MAX_MEMORY_MIB), BeforeValidator(whole)]


class Limits(Request):
    """What a run may take: memory and output in MiB, wall-clock and processor time in seconds."""

    memory_mib: Memory = 512
    timeout_s: Ordinal = Field(60, le=MAX_TIMEOUT_S)
    cpu_s: Ordinal = Field(60, le=MAX_TIMEOUT_S)
    output_mib: Ordinal = Field(64, le=MAX_OUTPUT_MIB)


Config = Annotated[
    dict[str, JsonValue],
    BeforeValidator(documents.shallow("MAX_DEPTH")),
    AfterValidator(documents.at_most(MAX_CONFIG_BYTES, "MAX_CONFIG_BYTES")),
]

Word = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]


class Recipe(Request):
    """What decides what a run does. Two equal recipes of one hook are one release.

    `digest` is the SHA-256 of the bundle's zip (hex), or the function's CodeSha256 (base64). For a
    bundle, `entrypoint` is the command line, run in the unpacked zip; `python main.py` unless given.
    `inputs` are globs that select files of the package; all unless given.
    """

    runtime: Runtime = Runtime.BUNDLE
    digest: str = Field(pattern=r"^([0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$")
    entrypoint: list[Word] | None = Field(None, min_length=1, max_length=MAX_ENTRYPOINT_WORDS)
    inputs: list[Glob] = Field(default=["**"], min_length=1, max_length=MAX_INPUTS)
    function_arn: str | None = Field(None, max_length=300)
    config: Config = Field(default_factory=dict)
    limits: Limits = Field(default_factory=Limits)

    @model_validator(mode="after")
    def _fits_its_runtime(self) -> Self:
        broken = _bundle_flaw(self) if self.runtime is Runtime.BUNDLE else _lambda_flaw(self)
        if broken:
            raise ValueError(f"for the runtime {self.runtime}, {broken}")
        return self


class NewRelease(Recipe):
    """POST /hooks/{name}/releases. The first one makes the hook, with this feature and contract."""

    feature: Slug
    contract: Columns
    source_ref: Text | None = None
    activate: Flag = True


class Release(Entity):
    """One immutable version of a hook's code, configuration and limits."""

    hook: str
    version: int
    digest: str
    runtime: Runtime
    entrypoint: list[str] | None
    inputs: list[str]
    function_arn: str | None
    config: dict[str, JsonValue]
    limits: Limits
    source_ref: str | None
    built_by: str
    built_at: datetime


class Released(Release):
    """The answer to a release: whether it is new, and what is live now."""

    created: bool
    live_version: int | None


class ReleasePage(Entity):
    """One page of releases, newest first."""

    items: list[Release]
    next_cursor: str | None


def _bundle_flaw(recipe: Recipe) -> str | None:
    if not BUNDLE_DIGEST.fullmatch(recipe.digest):
        return "`digest` is the SHA-256 of the zip, 64 lower-case hex digits"
    return "`function_arn` has no place" if recipe.function_arn is not None else None


def _lambda_flaw(recipe: Recipe) -> str | None:
    if not CODE_SHA256.fullmatch(recipe.digest):
        return "`digest` is the CodeSha256 of the published version, in base64"
    if not recipe.function_arn or not PUBLISHED.fullmatch(recipe.function_arn):
        return "`function_arn` ends in a published version, a number: not $LATEST, and no alias"
    return "`entrypoint` has no place" if recipe.entrypoint is not None else None
