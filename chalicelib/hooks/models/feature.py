"""What a feature row is, and what is asked of rows; pure (hooks.md, "Entities")."""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import JsonValue

from chalicelib.core.schema import Entity, Limit, Request, Text
from chalicelib.hooks.models.release import Release
from chalicelib.hooks.models.run import HookRun

ROWS_A_PAGE = 200
MAX_PAGE_BYTES = 300_000  # before compression, so that no page comes near DynamoDB's 400 KB an item
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # a Lambda answers with 6 MB at most


class FeatureQuery(Request):
    """GET /features/{feature}."""

    package_id: Text | None = None
    run_id: Text | None = None
    provenance: bool = False
    limit: Limit = 50
    cursor: str | None = None


class FeatureRow(Entity):
    """One row; `index` counts from 0 in its run."""

    feature: str
    package_id: str
    run_id: str
    index: int
    data: dict[str, JsonValue]


class ProvenRow(FeatureRow):
    """One row with everything that made it: which code, configuration and inputs."""

    hook: str
    version: int
    runtime: str
    digest: str
    config: dict[str, JsonValue]
    source_ref: str | None
    built_by: str
    built_at: datetime
    operation_id: str
    manifest_digest: str
    output_digest: str | None
    finished_at: datetime | None


class FeaturePage(Entity):
    """One page of rows, the oldest run first."""

    items: list[ProvenRow | FeatureRow]
    next_cursor: str | None


class RowPage(NamedTuple):
    """Some rows of one run as they are kept: `seq` from 1, `first` is the index of the first row."""

    package_id: str
    run_id: str
    seq: int
    first: int
    rows: list[dict[str, Any]]
    size: int


def proven(row: FeatureRow, run: HookRun, release: Release) -> ProvenRow:
    """The row with what made it."""
    made = release.model_dump(
        include={"runtime", "digest", "config", "source_ref", "built_by", "built_at", "version", "hook"}
    )
    told = run.model_dump(include={"operation_id", "manifest_digest", "output_digest", "finished_at"})
    return ProvenRow(**dict(row), **made, **told)
