"""The event that a function of the `lambda` runtime is invoked with; pure (docs/concepts/hooks.md)."""

from typing import Any

from holdfast.api.releases import Limits
from holdfast.api.schema import Entity

ROWS, RESULT = "rows.ndjson", "result.json"
MEDIA_TYPES = {ROWS: "application/x-ndjson", RESULT: "application/json"}


class Fetch(Entity):
    """A file that the function may read: GET `url`, and check the size and the SHA-256."""

    path: str
    url: str
    size: int
    sha256: str


class Drop(Entity):
    """A place for one output: PUT `url` with these headers, once."""

    url: str
    headers: dict[str, str]


class Invocation(Entity):
    """The event of the function."""

    run_id: str
    hook: str
    version: int
    digest: str
    config: dict[str, Any]
    limits: Limits
    manifest: dict[str, Any]
    inputs: list[Fetch]
    outputs: dict[str, Drop]
