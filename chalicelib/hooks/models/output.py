"""The output of a run: its files, its limits and its result; pure (docs/concepts/hooks.md)."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from holdfast.api.schema import Entity, Request

MAX_ROWS = 100_000
MAX_RESULT_BYTES = 64 * 1024
ROWS, RESULT, NOTE = "rows.ndjson", "result.json", "run.json"


class Verdict(StrEnum):
    """The verdict of the code on the package."""

    PASSED = "passed"
    REJECTED = "rejected"


class HookResult(Request):
    """The content of `result.json`. `reason` says why the package is rejected."""

    model_config = ConfigDict(extra="ignore")

    status: Verdict
    reason: str | None = Field(None, max_length=10_000)


class Output(Entity):
    """An output that meets the contract. `digest` is over its rows, each as canonical JSON and a newline."""

    result: HookResult
    row_count: int
    digest: str
