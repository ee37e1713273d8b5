"""What the output of a run must be; pure (docs/concepts/hooks.md)."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from holdfast.api.schema import Entity, Request

MAX_ROWS = 100_000
MAX_RESULT_BYTES = 64 * 1024
ROWS, RESULT, NOTE = "rows.ndjson", "result.json", "run.json"


class Verdict(StrEnum):
    """What the code says of the package."""

    PASSED = "passed"
    REJECTED = "rejected"


class HookResult(Request):
    """`result.json`. A rejection says why."""

    model_config = ConfigDict(extra="ignore")

    status: Verdict
    reason: str | None = Field(None, max_length=10_000)


class Output(Entity):
    """An output that keeps its contract. `digest` is over its rows, each as canonical JSON and a newline."""

    result: HookResult
    row_count: int
    digest: str
