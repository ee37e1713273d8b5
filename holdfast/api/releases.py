"""Releases of a hook: code, limits and configuration."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, Strict, model_validator

from holdfast.api import documents
from holdfast.api.columns import Columns
from holdfast.api.globs import Glob
from holdfast.api.patterns import CODE_DIGEST, WITHOUT_NUL
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
    """The runtime that runs the code of a release."""

    BUNDLE = "bundle"
    LAMBDA = "lambda"


Memory = Annotated[int, Strict(), Field(ge=MIN_MEMORY_MIB, le=MAX_MEMORY_MIB), BeforeValidator(whole)]


class Limits(Request):
    """The limits of a run: memory and output in MiB, wall-clock and processor time in seconds."""

    memory_mib: Memory = 512
    timeout_s: Ordinal = Field(60, le=MAX_TIMEOUT_S)
    cpu_s: Ordinal = Field(60, le=MAX_TIMEOUT_S)
    output_mib: Ordinal = Field(64, le=MAX_OUTPUT_MIB)


Config = Annotated[
    dict[str, JsonValue],
    BeforeValidator(documents.shallow("MAX_DEPTH")),
    AfterValidator(documents.at_most(MAX_CONFIG_BYTES, "MAX_CONFIG_BYTES")),
]

Word = Annotated[str, Field(min_length=1, max_length=500, pattern=WITHOUT_NUL)]


class Recipe(Request):
    """Everything that decides what a run does. Two equal recipes of one hook are one release.

    `digest` is the SHA-256 of the bundle's zip (hex), or the function's CodeSha256 (base64). For a
    bundle, `entrypoint` is the command line, which runs in the unpacked zip; the default is
    `python main.py`. `inputs` are globs that select files of the package; the default selects all files.
    """

    runtime: Runtime = Runtime.BUNDLE
    digest: str = Field(pattern=CODE_DIGEST)
    entrypoint: list[Word] | None = Field(None, min_length=1, max_length=MAX_ENTRYPOINT_WORDS)
    inputs: list[Glob] = Field(default=["**"], min_length=1, max_length=MAX_INPUTS)
    function_arn: str | None = Field(None, max_length=300)
    config: Config = Field(default_factory=dict)
    limits: Limits = Field(default_factory=Limits)

    @model_validator(mode="after")
    def _fits_its_runtime(self) -> Self:
        broken = _bundle_flaw(self) if self.runtime is Runtime.BUNDLE else _lambda_flaw(self)
        if broken:
            raise ValueError(f"{broken} for the runtime {self.runtime}")
        return self


class NewRelease(Recipe):
    """POST /hooks/{name}/releases. The first release makes the hook, with this feature and contract."""

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
    """The answer to a release. `created` is true for a new release; `live_version` is the live one now."""

    created: bool
    live_version: int | None


class ReleasePage(Entity):
    """One page of releases, newest first."""

    items: list[Release]
    next_cursor: str | None


def _bundle_flaw(recipe: Recipe) -> str | None:
    if not BUNDLE_DIGEST.fullmatch(recipe.digest):
        return "needs the SHA-256 of the zip as `digest` (64 lower-case hex digits)"
    return "must not have a `function_arn`" if recipe.function_arn is not None else None


def _lambda_flaw(recipe: Recipe) -> str | None:
    if not CODE_SHA256.fullmatch(recipe.digest):
        return "needs the CodeSha256 of the published version as `digest` (base64)"
    if not recipe.function_arn or not PUBLISHED.fullmatch(recipe.function_arn):
        return "needs a `function_arn` that ends in a published version (a number, not $LATEST or an alias)"
    return "must not have an `entrypoint`" if recipe.entrypoint is not None else None
